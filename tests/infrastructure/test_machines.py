"""The machines as the template has them, with their logs, and the routes that a roll-out moves."""

from infrastructure.substitutions import states_of, substitution_names
from tests.infrastructure.parametrised import MACHINES, each_machine
from tests.infrastructure.templates import Template, of_type, text_of

MACHINE = "AWS::StepFunctions::StateMachine"
LOGS = {"migration": "WorkflowLogs", "rollout": "RolloutLogs"}


def test_there_are_no_machines_but_those(template: Template) -> None:
    assert set(of_type(template, MACHINE)) == set(MACHINES.values())


@each_machine
def test_a_machine_is_durable_and_traced(template: Template, machine: str) -> None:
    made = of_type(template, MACHINE)[MACHINES[machine]]

    assert made["StateMachineType"] == "STANDARD"
    assert made["TracingConfiguration"] == {"Enabled": True}


@each_machine
def test_a_machine_gets_exactly_the_substitutions_that_are_announced(template: Template, machine: str) -> None:
    made = of_type(template, MACHINE)[MACHINES[machine]]

    substitutions = {name: text_of(value) for name, value in made["DefinitionSubstitutions"].items()}

    bucket = {"Bucket": "${StorageBucket}"} if machine == "migration" else {}
    assert set(substitutions) == substitution_names(machine)
    assert substitutions == {
        "Partition": "${AWS::Partition}",
        "LedgerTable": "${StorageLedger}",
        **bucket,
        **{f"{row.state}FunctionArn": f"${{Functions{row.state}.Arn}}" for row in states_of(machine)},
    }


@each_machine
def test_a_machine_logs_errors_without_what_was_processed(template: Template, machine: str) -> None:
    logging = of_type(template, MACHINE)[MACHINES[machine]]["LoggingConfiguration"]

    assert logging["Level"] == "ERROR"
    assert logging["IncludeExecutionData"] is False
    (destination,) = logging["Destinations"]
    assert text_of(destination["CloudWatchLogsLogGroup"]["LogGroupArn"]) == f"${{{LOGS[machine]}.Arn}}"


def test_deployments_of_routes_reach_everybody_at_once_and_bake_nothing(template: Template) -> None:
    (strategy,) = of_type(template, "AWS::AppConfig::DeploymentStrategy").values()

    assert (strategy["DeploymentDurationInMinutes"], strategy["FinalBakeTimeInMinutes"]) == (0, 0)
    assert (strategy["GrowthFactor"], strategy["GrowthType"]) == (100, "LINEAR")


def test_applications_find_the_routes_by_the_name_of_the_stack(template: Template) -> None:
    (application,) = of_type(template, "AWS::AppConfig::Application").values()
    (environment,) = of_type(template, "AWS::AppConfig::Environment").values()

    kept = {
        resource["DeletionPolicy"]
        for resource in template["Resources"].values()
        if resource["Type"] in {"AWS::AppConfig::Application", "AWS::AppConfig::Environment"}
    }
    assert kept == {"Retain"}  # who reads them does not notice that the stack is gone
    assert (application["Name"], environment["Name"]) == ("Brainswap", "production")
    assert text_of(environment["ApplicationId"]) == "${RoutesApplication}"
