from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from infrastructure.catalog import PORTAL
from tests.infrastructure.templates import Synthesise, Template, of_type, permissions, text_of
from tests.infrastructure.test_cloudformation_lint import assert_nothing_to_say
from tests.infrastructure.test_least_privilege import EXPECTED

OWN_LOG = {"logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTelemetryRecords", "xray:PutTraceSegments"}


@pytest.fixture(scope="module")
def with_portal(synthesised: Synthesise) -> Template:
    return synthesised({"brainswap:portal": True})


def only(template: Template, kind: str) -> Mapping[str, Any]:
    (found,) = of_type(template, kind).values()
    return found


def test_there_is_no_portal_unless_asked(template: Template) -> None:
    for kind in ("AWS::ApiGatewayV2::Api", "AWS::Cognito::UserPool"):
        assert not of_type(template, kind)
    assert "FunctionsPortal" not in of_type(template, "AWS::Lambda::Function")
    assert not [name for name in template["Outputs"] if name.startswith("Portal")]


def test_everything_but_the_empty_page_wants_a_token_of_the_portals_own_client(with_portal: Template) -> None:
    routes = {
        route["RouteKey"]: (route.get("AuthorizationType", "NONE"), "AuthorizerId" in route)
        for route in of_type(with_portal, "AWS::ApiGatewayV2::Route").values()
    }
    authorizer = only(with_portal, "AWS::ApiGatewayV2::Authorizer")

    assert routes == {
        "GET /": ("NONE", False),
        "GET /api/{proxy+}": ("JWT", True),
        "POST /api/{proxy+}": ("JWT", True),
    }
    assert authorizer["IdentitySource"] == ["$request.header.Authorization"]
    assert [text_of(each) for each in authorizer["JwtConfiguration"]["Audience"]] == ["${PortalPeopleClient}"]
    issuer = text_of(authorizer["JwtConfiguration"]["Issuer"])
    assert issuer == "https://cognito-idp.${AWS::Region}.${AWS::URLSuffix}/${PortalPeople}"


def test_no_other_site_may_ask_in_a_visitors_name(with_portal: Template) -> None:
    assert "CorsConfiguration" not in only(with_portal, "AWS::ApiGatewayV2::Api")


def test_people_are_let_in_one_by_one_with_a_second_factor(with_portal: Template) -> None:
    pool = only(with_portal, "AWS::Cognito::UserPool")

    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert pool["MfaConfiguration"] == "ON"
    assert pool["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]
    assert pool["DeletionProtection"] == "ACTIVE"
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] == 14
    assert pool["AutoVerifiedAttributes"] == ["email"]
    assert pool["UserAttributeUpdateSettings"] == {"AttributesRequireVerificationBeforeUpdate": ["email"]}


def test_the_client_has_no_secret_and_comes_back_to_the_page_alone(with_portal: Template) -> None:
    client = only(with_portal, "AWS::Cognito::UserPoolClient")

    assert client["GenerateSecret"] is False
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["AllowedOAuthScopes"] == ["openid", "email"]
    assert [text_of(each) for each in client["CallbackURLs"]] == ["${PortalApi.ApiEndpoint}/"]
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert client["IdTokenValidity"] == 60


def test_the_function_holds_the_rights_of_its_row_and_may_wake_the_machine(with_portal: Template) -> None:
    expected = frozenset().union(*(EXPECTED[grant] for grant in PORTAL.grants))

    held = {(action, resource) for action, resource in permissions(with_portal, "FunctionsPortalRole")}

    assert {(action, resource) for action, resource in held if action not in OWN_LOG} == expected
    assert ("states:SendTaskSuccess", "${WorkflowMigration}") in held
    assert not {action for action, _ in held if action.startswith("s3:Put")}


def test_the_function_knows_where_people_sign_in(with_portal: Template) -> None:
    variables = of_type(with_portal, "AWS::Lambda::Function")["FunctionsPortal"]["Environment"]["Variables"]

    assert text_of(variables["BRAINSWAP_PORTAL_CLIENT"]) == "${PortalPeopleClient}"
    assert (
        text_of(variables["BRAINSWAP_PORTAL_DOMAIN"]) == "${PortalPeopleDomain}.auth.${AWS::Region}.amazoncognito.com"
    )


def test_requests_are_limited_and_logged_without_tokens(with_portal: Template) -> None:
    stage = only(with_portal, "AWS::ApiGatewayV2::Stage")

    assert stage["DefaultRouteSettings"] == {"ThrottlingRateLimit": 20, "ThrottlingBurstLimit": 40}
    assert text_of(stage["AccessLogSettings"]["DestinationArn"]) == "${PortalLogs.Arn}"
    assert "header" not in stage["AccessLogSettings"]["Format"].lower()


def test_no_bucket_is_opened_for_it(with_portal: Template, template: Template) -> None:
    for kind in ("AWS::S3::Bucket", "AWS::S3::BucketPolicy"):
        assert of_type(with_portal, kind) == of_type(template, kind)


def test_the_linter_has_nothing_to_say_of_the_portal(with_portal: Template, tmp_path: Path) -> None:
    assert_nothing_to_say(with_portal, tmp_path)
