"""`uv run agent setup`: what the blueprint asks of a Twilio account, planned and then made.

https://www.twilio.com/docs/conversations/solution-blueprints/ai-to-human-handoff
"""
