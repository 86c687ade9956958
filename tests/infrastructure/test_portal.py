from collections.abc import Mapping
from typing import Any

from infrastructure.catalog import PORTAL
from tests.infrastructure.templates import Template, of_type, permissions, text_of
from tests.infrastructure.test_least_privilege import EXPECTED

OWN_LOG = {"logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTelemetryRecords", "xray:PutTraceSegments"}


def only(template: Template, kind: str) -> Mapping[str, Any]:
    (found,) = of_type(template, kind).values()
    return found


def test_there_is_no_portal_unless_asked(template: Template) -> None:
    for kind in ("AWS::ApiGatewayV2::Api", "AWS::Cognito::UserPool"):
        assert not of_type(template, kind)
    assert "FunctionsPortal" not in of_type(template, "AWS::Lambda::Function")
    assert not [name for name in template["Outputs"] if name.startswith("Portal")]


def test_the_function_is_told_to_keep_teams_apart_where_the_settings_say_so(with_options: Template) -> None:
    function = of_type(with_options, "AWS::Lambda::Function")["FunctionsPortal"]

    assert function["Environment"]["Variables"]["BRAINSWAP_PORTAL_TEAMS"] == "apart"


def test_everything_but_the_empty_page_wants_a_token_of_the_portals_own_client(with_options: Template) -> None:
    routes = {
        route["RouteKey"]: (route.get("AuthorizationType", "NONE"), "AuthorizerId" in route)
        for route in of_type(with_options, "AWS::ApiGatewayV2::Route").values()
    }
    authorizer = only(with_options, "AWS::ApiGatewayV2::Authorizer")

    assert routes == {
        "GET /": ("NONE", False),
        "GET /api/{proxy+}": ("JWT", True),
        "POST /api/{proxy+}": ("JWT", True),
    }
    assert authorizer["IdentitySource"] == ["$request.header.Authorization"]
    assert [text_of(each) for each in authorizer["JwtConfiguration"]["Audience"]] == ["${PortalPeopleClient}"]
    issuer = text_of(authorizer["JwtConfiguration"]["Issuer"])
    assert issuer == "https://cognito-idp.${AWS::Region}.${AWS::URLSuffix}/${PortalPeople}"


def test_no_other_site_may_ask_in_a_visitors_name(with_options: Template) -> None:
    assert "CorsConfiguration" not in only(with_options, "AWS::ApiGatewayV2::Api")


def test_people_are_let_in_one_by_one_with_a_second_factor(with_options: Template) -> None:
    pool = only(with_options, "AWS::Cognito::UserPool")

    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert pool["MfaConfiguration"] == "ON"
    assert pool["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]
    assert pool["DeletionProtection"] == "ACTIVE"
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] == 14
    assert pool["AutoVerifiedAttributes"] == ["email"]
    assert pool["UserAttributeUpdateSettings"] == {"AttributesRequireVerificationBeforeUpdate": ["email"]}


def test_the_client_has_no_secret_and_comes_back_to_the_page_alone(with_options: Template) -> None:
    client = only(with_options, "AWS::Cognito::UserPoolClient")

    assert client["GenerateSecret"] is False
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["AllowedOAuthScopes"] == ["openid", "email"]
    assert [text_of(each) for each in client["CallbackURLs"]] == ["${PortalApi.ApiEndpoint}/"]
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert client["IdTokenValidity"] == 60


def test_the_function_holds_the_rights_of_its_row_and_may_wake_the_machine(with_options: Template) -> None:
    expected = frozenset().union(*(EXPECTED[grant] for grant in PORTAL.grants))

    held = {(action, resource) for action, resource in permissions(with_options, "FunctionsPortalRole")}

    assert {(action, resource) for action, resource in held if action not in OWN_LOG} == expected
    assert ("states:SendTaskSuccess", "${WorkflowMigration}") in held
    assert not {action for action, _ in held if action.startswith("s3:Put")}


def test_the_function_knows_where_people_sign_in(with_options: Template) -> None:
    variables = of_type(with_options, "AWS::Lambda::Function")["FunctionsPortal"]["Environment"]["Variables"]

    assert text_of(variables["BRAINSWAP_PORTAL_CLIENT"]) == "${PortalPeopleClient}"
    assert (
        text_of(variables["BRAINSWAP_PORTAL_DOMAIN"]) == "${PortalPeopleDomain}.auth.${AWS::Region}.amazoncognito.com"
    )


def test_requests_are_limited_and_logged_without_tokens(with_options: Template) -> None:
    stage = only(with_options, "AWS::ApiGatewayV2::Stage")

    assert stage["DefaultRouteSettings"] == {"ThrottlingRateLimit": 20, "ThrottlingBurstLimit": 40}
    assert text_of(stage["AccessLogSettings"]["DestinationArn"]) == "${PortalLogs.Arn}"
    assert "header" not in stage["AccessLogSettings"]["Format"].lower()


def test_no_bucket_is_opened_for_it(with_options: Template, template: Template) -> None:
    (bucket,) = of_type(with_options, "AWS::S3::Bucket").values()

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert of_type(with_options, "AWS::S3::BucketPolicy") == of_type(template, "AWS::S3::BucketPolicy")
