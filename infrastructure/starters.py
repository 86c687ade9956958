"""Who may start migrations: the functions whose rows say so, which are told where the machine is."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infrastructure.catalog import FUNCTIONS, Grant
from infrastructure.reasons import OWN_EXECUTIONS, allow

MACHINE_VARIABLE = "BRAINSWAP_MACHINE"


class Starters(Construct):
    """Rights on the machine and its executions, in a policy of their own: no state of the machine waits for these."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        functions: Mapping[str, lambda_.Function],
        machine: sfn.StateMachine,
    ) -> None:
        super().__init__(scope, construct_id)
        executions = cdk.Stack.of(self).format_arn(
            service="states",
            resource="execution",
            resource_name=f"{machine.state_machine_name}:*",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        for row in FUNCTIONS:
            function = functions[row.state]
            if Grant.START_MIGRATIONS not in row.grants or function.role is None:
                continue
            function.add_environment(MACHINE_VARIABLE, machine.state_machine_arn)
            policy = iam.Policy(self, row.state, roles=[function.role])
            allow(policy, ["states:StartExecution"], [machine.state_machine_arn])
            allow(policy, ["states:DescribeExecution"], [executions], because=OWN_EXECUTIONS)
