"""`uv run agent doctor`: every condition of a working agent, looked at without changing anything.

https://www.twilio.com/docs/conversations/solution-blueprints/ai-to-human-handoff
"""
