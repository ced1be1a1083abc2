"""A stand-in for the OpenAI API that follows readable rules; it is no language model."""
