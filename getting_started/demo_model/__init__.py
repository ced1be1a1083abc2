"""getting_started/demo_model"""
