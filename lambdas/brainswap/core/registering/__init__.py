"""What is known of the workloads of an account: their versions, and which one is in force."""
