"""An AWS AppConfig on loopback: applications, versions, deployments, and the data plane that clients poll."""
