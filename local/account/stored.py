"""What a stack stores: found by the resources that CloudFormation lists, also of a stack that has been deleted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from local.account.change_sets import DeploymentFailedError

Say = Callable[[str], None]
ClientOf = Callable[[str], Any]

BUCKET, TABLE, LOG_GROUP = "AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::Logs::LogGroup"
USER_POOL, ROUTES = "AWS::Cognito::UserPool", "AWS::AppConfig::Application"
FOUND = frozenset({BUCKET, TABLE, LOG_GROUP, USER_POOL, ROUTES})
"""Kinds of resources that may stay when their stack goes."""

BATCH = 1_000  # of versions that S3 deletes with one request
_GONE = frozenset({"404", "NoSuchBucket", "ResourceNotFoundException"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Names of what holds data, and that are still there.

    Attributes:
        user_pools: ids of those with the people who sign in to the portal.
        routes: ids of the applications of AppConfig that say where requests go.
    """

    buckets: tuple[str, ...]
    tables: tuple[str, ...]
    log_groups: tuple[str, ...]
    user_pools: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.buckets or self.tables or self.log_groups or self.user_pools or self.routes)

    def lines(self) -> Iterator[str]:
        """For people."""
        yield from (f"  bucket {name}" for name in self.buckets)
        yield from (f"  table {name}" for name in self.tables)
        yield from (f"  user pool {name}" for name in self.user_pools)
        yield from (f"  routes that applications read, AppConfig {name}" for name in self.routes)
        if self.log_groups:
            yield f"  {len(self.log_groups)} log groups"


def find_stored(client_of: ClientOf, stack_id: str) -> Stored:
    """What a stack stores, or stored and left.

    Args:
        client_of: by the name of a service.
        stack_id: which also finds one that was deleted within ninety days.
    """
    found: dict[str, list[str]] = {kind: [] for kind in FOUND}
    pages = client_of("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack_id)
    for each in (each for page in pages for each in page["StackResourceSummaries"]):
        name = each.get("PhysicalResourceId")
        if each["ResourceType"] in found and name:
            found[each["ResourceType"]].append(name)
    s3, dynamodb, logs = client_of("s3"), client_of("dynamodb"), client_of("logs")
    people, appconfig = client_of("cognito-idp"), client_of("appconfig")
    return Stored(
        buckets=tuple(name for name in found[BUCKET] if _is_there(partial(s3.head_bucket, Bucket=name))),
        tables=tuple(name for name in found[TABLE] if _is_there(partial(dynamodb.describe_table, TableName=name))),
        log_groups=tuple(name for name in found[LOG_GROUP] if _has_log_group(logs, name)),
        user_pools=tuple(
            name for name in found[USER_POOL] if _is_there(partial(people.describe_user_pool, UserPoolId=name))
        ),
        routes=tuple(
            name for name in found[ROUTES] if _is_there(partial(appconfig.get_application, ApplicationId=name))
        ),
    )


def empty_bucket(s3: Any, bucket: str, say: Say) -> int:
    """Delete every version of every object, a thousand with one request; return how many.

    Raises:
        DeploymentFailedError: S3 keeps one of them.
    """
    deleted = 0
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": BATCH}):
        versions = [
            {"Key": each["Key"], "VersionId": each["VersionId"]}
            for kind in ("Versions", "DeleteMarkers")
            for each in page.get(kind, ())
        ]
        if versions:
            answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": versions, "Quiet": True})
            if answer.get("Errors"):
                error = answer["Errors"][0]
                raise DeploymentFailedError(f"{bucket} keeps {error['Key']}: {error.get('Message', error['Code'])}")
            deleted += len(versions)
            say(f"Deleted {deleted:,} versions from {bucket}")
    return deleted


def delete_stored(client_of: ClientOf, stored: Stored, say: Say) -> None:
    """Delete all of it; what is gone already is no error, so that it can be begun again."""
    s3, dynamodb, logs = client_of("s3"), client_of("dynamodb"), client_of("logs")
    for bucket in stored.buckets:
        empty_bucket(s3, bucket, say)
        s3.delete_bucket(Bucket=bucket)
        say(f"Deleted the bucket {bucket}")
    for table in stored.tables:
        _delete_table(dynamodb, table)
        say(f"Deleted the table {table}")
    for pool in stored.user_pools:
        _delete_user_pool(client_of("cognito-idp"), pool)
        say(f"Deleted the user pool {pool}")
    for application in stored.routes:
        _delete_routes(client_of("appconfig"), application)
        say(f"Deleted the routes {application}")
    for group in stored.log_groups:
        logs.delete_log_group(logGroupName=group)
    if stored.log_groups:
        say(f"Deleted {len(stored.log_groups)} log groups")


def _delete_table(dynamodb: Any, table: str) -> None:
    """Lift what protects it first; one that is going already takes no further word."""
    described = dynamodb.describe_table(TableName=table)["Table"]
    if described["TableStatus"] == "DELETING":
        return
    if described.get("DeletionProtectionEnabled"):
        dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
        dynamodb.get_waiter("table_exists").wait(TableName=table)  # while it is being changed, it cannot be deleted
    dynamodb.delete_table(TableName=table)


def _delete_user_pool(people: Any, pool: str) -> None:
    if people.describe_user_pool(UserPoolId=pool)["UserPool"].get("DeletionProtection") == "ACTIVE":
        people.update_user_pool(
            UserPoolId=pool, DeletionProtection="INACTIVE"
        )  # the rest of it does not matter any more
    people.delete_user_pool(UserPoolId=pool)


def _delete_routes(appconfig: Any, application: str) -> None:
    """AppConfig deletes what holds nothing: versions before profiles, and both, with environments, before the rest."""
    of = {"ApplicationId": application}
    for page in appconfig.get_paginator("list_configuration_profiles").paginate(**of):
        for profile in page["Items"]:
            of_profile = {**of, "ConfigurationProfileId": profile["Id"]}
            for versions in appconfig.get_paginator("list_hosted_configuration_versions").paginate(**of_profile):
                for each in versions["Items"]:
                    appconfig.delete_hosted_configuration_version(**of_profile, VersionNumber=each["VersionNumber"])
            appconfig.delete_configuration_profile(**of_profile)
    for page in appconfig.get_paginator("list_environments").paginate(**of):
        for environment in page["Items"]:
            appconfig.delete_environment(**of, EnvironmentId=environment["Id"])
    appconfig.delete_application(**of)


def _is_there(look: Callable[[], object]) -> bool:
    try:
        look()
    except ClientError as error:
        if error.response["Error"]["Code"] in _GONE:
            return False
        raise
    return True


def _has_log_group(logs: Any, name: str) -> bool:
    groups = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return any(group["logGroupName"] == name for group in groups)
