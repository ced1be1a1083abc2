"""studio_templates"""
