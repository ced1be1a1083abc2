"""The HTTP tools by which a Twilio AI Assistant gives a conversation to Studio or to Flex."""
