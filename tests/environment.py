"""An environment that is complete, with invented values."""

COMPLETE = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 31 + "1",
    "TWILIO_AUTH_TOKEN": "invented-auth-token",
    "TWILIO_API_KEY": "SK" + "0" * 31 + "1",
    "TWILIO_API_SECRET": "invented-api-secret",
    "TWILIO_PHONE_NUMBER": "+15550100002",
    "TWILIO_CONVERSATION_CONFIGURATION_ID": "conv_configuration_01hx0000000000000000000000",
    "TWILIO_STUDIO_HANDOFF_FLOW_SID": "FW" + "0" * 31 + "1",
    "TWILIO_VOICE_PUBLIC_DOMAIN": "agent.example.org",
    "OPENAI_BASE_URL": "http://127.0.0.1:1/v1",
}
