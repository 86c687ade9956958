"""What an application may have to catch."""


class ClientError(Exception):
    """Anything that the client itself reports."""


class NoRouteError(ClientError):
    """Nothing is known of where a workload's requests go, neither from AppConfig nor from an earlier process."""


class MissingVariableError(ClientError):
    """The prompt has a placeholder for which the application gives no value."""


class BadVariableError(ClientError):
    """A value that the application gives for a placeholder is neither text nor JSON."""


class NoSuchStepError(ClientError):
    """The prompt has no step of the name that the application asks for."""


class BadVersionError(ClientError):
    """A route or a version that was read is not what it says; the last good one stays in use."""
