"""The page that shows it all: a customer, the flow, the human's desk and the wire, on one screen."""
