"""One deployment of the system: what each capability gets from the others."""

import aws_cdk as cdk
from constructs import Construct

from infrastructure import packaging
from infrastructure.announcements import Announcements
from infrastructure.batches import BatchRole, TaskTellers
from infrastructure.catalog import PORTAL
from infrastructure.encryption import encrypt_with
from infrastructure.event_patterns import BUCKET, MACHINE, ROLLOUT_MACHINE
from infrastructure.functions import Functions, Resources
from infrastructure.observability import Observability
from infrastructure.portal import Portal
from infrastructure.publishing import Webhooks
from infrastructure.rollout import Rollout, Routes
from infrastructure.settings import Settings
from infrastructure.starters import Starters
from infrastructure.storage import Storage
from infrastructure.triggers import Triggers
from infrastructure.workflow import Workflow


class BrainswapStack(cdk.Stack):
    """Bound to no account and no region until it is deployed."""

    def __init__(self, scope: Construct, settings: Settings) -> None:
        super().__init__(scope, settings.stack_name, description="Brainswap: moves an application to another LLM.")
        # What a later deployment compares itself with, and what tells the version of the code.
        self.template_options.metadata = {
            "Brainswap": {"settings": settings.document(), "code_sha256": packaging.code_hash()}
        }
        storage = Storage(self, "Storage", settings=settings)
        announcements = Announcements(self, "Announcements", report_email=settings.report_email)
        batch_role = BatchRole(self, "Batch", bucket=storage.bucket, model_regions=settings.model_regions)
        routes = Routes(self, "Routes", bucket=storage.bucket, ledger=storage.ledger, key_arn=settings.kms_key_arn)
        functions = Functions(
            self,
            "Functions",
            resources=Resources(
                bucket=storage.bucket,
                ledger=storage.ledger,
                answers=storage.answers,
                bus=announcements.bus,
                topic=announcements.topic,
                batch_role=batch_role.role,
                attachment_buckets=settings.attachment_buckets,
                model_regions=settings.model_regions,
                scoring_functions=settings.scoring_functions,
                retains_reports=settings.retention is not None,
                routes=routes,
            ),
            settings=settings,
        )
        workflow = Workflow(self, "Workflow", functions=functions.by_state, storage=storage, settings=settings)
        rollout = Rollout(self, "Rollout", functions=functions.by_state, ledger=storage.ledger, settings=settings)
        TaskTellers(self, "TaskTellers", functions=functions.by_state, machine=workflow.machine)
        Starters(self, "Starters", functions=functions.by_state, machine=workflow.machine)
        triggers = Triggers(
            self,
            "Triggers",
            functions=functions.by_state,
            bus=announcements.bus,
            values={
                BUCKET: storage.bucket.bucket_name,
                MACHINE: workflow.machine.state_machine_arn,
                ROLLOUT_MACHINE: rollout.machine.state_machine_arn,
            },
        )
        if settings.portal:
            portal = Portal(self, "Portal", function=functions.by_state[PORTAL.state], settings=settings)
            cdk.CfnOutput(self, "PortalUrl", value=portal.url)
            cdk.CfnOutput(self, "PortalUserPoolId", value=portal.user_pool_id)
        posting = Webhooks(self, "Webhooks", bus=announcements.bus, webhooks=settings.webhooks)
        Observability(
            self,
            "Observability",
            machine=workflow.machine,
            rollout_machine=rollout.machine,
            functions=functions.by_state,
            undelivered=triggers.undelivered,
            unposted=posting.undelivered,
            alarm_email=settings.alarm_email,
        )
        if settings.kms_key_arn is not None:
            encrypt_with(self, settings.kms_key_arn)
        for key, tag in {"application": "brainswap", "stack": settings.stack_name, **settings.tags_by_key}.items():
            cdk.Tags.of(self).add(key, tag)
        for name, value in {
            "BucketName": storage.bucket.bucket_name,
            "LedgerTableName": storage.ledger.table_name,
            "BusName": announcements.bus.event_bus_name,
            "TopicArn": announcements.topic.topic_arn,
            "StateMachineArn": workflow.machine.state_machine_arn,
            "RolloutMachineArn": rollout.machine.state_machine_arn,
            "RoutesApplicationId": routes.environment["BRAINSWAP_ROUTES_APPLICATION"],
            "RoutesEnvironmentId": routes.environment["BRAINSWAP_ROUTES_ENVIRONMENT"],
            "RoutesStrategyId": routes.environment["BRAINSWAP_ROUTES_STRATEGY"],
            "RouteReadersPolicyArn": routes.readers.ref,
        }.items():
            cdk.CfnOutput(self, name, value=value)
