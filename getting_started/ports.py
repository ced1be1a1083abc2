"""Where they listen unless told otherwise."""

EMULATOR_PORT = 8700
AGENT_PORT = 8000
