"""From clone to first handoff: examples, a local Twilio and a stand-in model."""
