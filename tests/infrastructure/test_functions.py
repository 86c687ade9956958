"""Functions as the template has them, with their logs."""

import importlib.util

from infrastructure.catalog import FUNCTIONS, Function, Grant
from tests.infrastructure.parametrised import MACHINES, each_function
from tests.infrastructure.templates import Template, of_type, text_of

FUNCTION = "AWS::Lambda::Function"
LAYER = "AWS::Lambda::LayerVersion"
LOG_GROUP = "AWS::Logs::LogGroup"
ROUTES = {
    "BRAINSWAP_ROUTES_APPLICATION": "${RoutesApplication}",
    "BRAINSWAP_ROUTES_ENVIRONMENT": "${RoutesEnvironment}",
    "BRAINSWAP_ROUTES_STRATEGY": "${RoutesStrategy}",
}


def test_every_row_of_the_catalogue_is_a_function_and_nothing_else_is(template: Template) -> None:
    assert set(of_type(template, FUNCTION)) == {f"Functions{row.state}" for row in FUNCTIONS}


@each_function
def test_a_function_is_as_the_catalogue_says(template: Template, row: Function) -> None:
    function = of_type(template, FUNCTION)[f"Functions{row.state}"]

    assert function["Handler"] == row.handler
    assert function["MemorySize"] == row.memory_mb
    assert function["Timeout"] == row.timeout_s
    assert list(map(text_of, function["Layers"])) == [f"${{Functions{name.capitalize()}Layer}}" for name in row.layers]


@each_function
def test_a_function_runs_on_arm_with_a_current_python_and_is_traced(template: Template, row: Function) -> None:
    function = of_type(template, FUNCTION)[f"Functions{row.state}"]

    assert function["Architectures"] == ["arm64"]
    assert function["Runtime"] == "python3.13"
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert "ReservedConcurrentExecutions" not in function


def test_layers_are_for_the_functions_that_load_them(template: Template) -> None:
    for layer in of_type(template, LAYER).values():
        assert layer["CompatibleArchitectures"] == ["arm64"]
        assert layer["CompatibleRuntimes"] == ["python3.13"]


@each_function
def test_a_function_knows_its_surroundings(template: Template, row: Function) -> None:
    variables = of_type(template, FUNCTION)[f"Functions{row.state}"]["Environment"]["Variables"]

    assert {name: text_of(value) for name, value in variables.items()} == {
        "BRAINSWAP_BUCKET": "${StorageBucket}",
        "BRAINSWAP_LEDGER_TABLE": "${StorageLedger}",
        "BRAINSWAP_ANSWER_TABLE": "${StorageAnswers}",
        "BRAINSWAP_ANSWER_TTL_DAYS": "90",
        "BRAINSWAP_BUS": "${AnnouncementsBus}",
        "BRAINSWAP_TOPIC": "${AnnouncementsReports}",
        "BRAINSWAP_BATCH_ROLE": "${BatchRole.Arn}",
        "BRAINSWAP_SCORING_FUNCTIONS": "",
        "BRAINSWAP_METRICS_OF": "${AWS::StackName}",
        "BRAINSWAP_WATCH_REGIONS": "",
        "BRAINSWAP_MIGRATIONS_AT_ONCE": "5",
        "POWERTOOLS_SERVICE_NAME": "brainswap",
        "POWERTOOLS_LOG_LEVEL": "INFO",
        "PYDANTIC_DISABLE_PLUGINS": "__all__",
        **({"BRAINSWAP_MACHINE": "${WorkflowMigration}"} if Grant.START_MIGRATIONS in row.grants else {}),
        **(ROUTES if {Grant.DEPLOY_ROUTES, Grant.LOOK_AT_ROUTES} & row.grants else {}),
        **({"BRAINSWAP_ROLLOUT_MACHINE": "${RolloutMachine}"} if Grant.START_ROLLOUTS in row.grants else {}),
    }


@each_function
def test_a_row_names_a_handler_that_exists(row: Function) -> None:
    assert importlib.util.find_spec(row.module) is not None


def test_every_log_group_forgets(template: Template) -> None:
    groups = of_type(template, LOG_GROUP)

    assert len(groups) == len(FUNCTIONS) + len(MACHINES)
    assert {group.get("RetentionInDays") for group in groups.values()} == {90}


def test_the_settings_say_when_logs_forget(with_settings: Template) -> None:
    assert {group["RetentionInDays"] for group in of_type(with_settings, LOG_GROUP).values()} == {7}


@each_function
def test_a_function_writes_into_a_log_group_of_its_own(template: Template, row: Function) -> None:
    function = of_type(template, FUNCTION)[f"Functions{row.state}"]

    assert text_of(function["LoggingConfig"]["LogGroup"]) == f"${{Functions{row.state}Logs}}"
    assert f"Functions{row.state}Logs" in of_type(template, LOG_GROUP)
