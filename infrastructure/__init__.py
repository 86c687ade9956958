"""The CDK app: one construct per capability."""
