"""A language model and Twilio's APIs with fixed delays, light enough for hundreds of calls."""
