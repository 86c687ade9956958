"""The portal, where the settings ask for one: a sign-in, an API that verifies its tokens, and one function."""

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infrastructure.log_groups import log_group
from infrastructure.reasons import acknowledge
from infrastructure.settings import Settings
from infrastructure.storage import removal_policy

A_SECOND, AT_ONCE = 20, 40  # requests of all visitors together


class Portal(Construct):
    """People are let in one by one; nobody signs up.

    Attributes:
        url: of the page.
        user_pool_id: where people are added.
    """

    def __init__(self, scope: Construct, construct_id: str, *, function: lambda_.Function, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        api = apigateway.HttpApi(self, "Api", create_default_stage=False)
        self._stage(api, settings)
        self.url = f"{api.api_endpoint}/"
        pool = self._pool(settings)
        self.user_pool_id = pool.user_pool_id
        client = pool.add_client(
            "Client",
            generate_secret=False,  # a page keeps none; the code is bound to whoever asked for it (RFC 7636)
            auth_flows=cognito.AuthFlow(),
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                scopes=[cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL],
                callback_urls=[self.url],
                logout_urls=[self.url],
            ),
            id_token_validity=cdk.Duration.hours(1),
            access_token_validity=cdk.Duration.hours(1),
            refresh_token_validity=cdk.Duration.hours(1),
            prevent_user_existence_errors=True,
            supported_identity_providers=[cognito.UserPoolClientIdentityProvider.COGNITO],
        )
        # Domains are one name space for all accounts; the last part of the stack's id is a random one.
        stack_id = cdk.Fn.select(2, cdk.Fn.split("/", cdk.Aws.STACK_ID))
        domain = pool.add_domain(
            "Domain",
            cognito_domain=cognito.CognitoDomainOptions(
                domain_prefix=cdk.Fn.join("-", ["portal", cdk.Fn.select(4, cdk.Fn.split("-", stack_id))])
            ),
        )
        function.add_environment("BRAINSWAP_PORTAL_CLIENT", client.user_pool_client_id)
        function.add_environment(
            "BRAINSWAP_PORTAL_DOMAIN",
            f"{domain.domain_name}.auth.{cdk.Aws.REGION}.amazoncognito.com",
        )
        if settings.portal_teams:
            function.add_environment("BRAINSWAP_PORTAL_TEAMS", "apart")
        integration = integrations.HttpLambdaIntegration("Function", function)
        (page,) = api.add_routes(path="/", methods=[apigateway.HttpMethod.GET], integration=integration)
        acknowledge(
            page,
            ["APIG4"],
            "The page itself is empty until somebody has signed in; all that it asks for wants a token.",
        )
        api.add_routes(
            path="/api/{proxy+}",
            methods=[apigateway.HttpMethod.GET, apigateway.HttpMethod.POST],
            integration=integration,
            authorizer=authorizers.HttpJwtAuthorizer(
                "Authorizer",
                f"https://cognito-idp.{cdk.Aws.REGION}.{cdk.Aws.URL_SUFFIX}/{pool.user_pool_id}",
                jwt_audience=[client.user_pool_client_id],
            ),
        )

    def _stage(self, api: apigateway.HttpApi, settings: Settings) -> None:
        logs = log_group(self, "Logs", settings)
        stage = apigateway.HttpStage(
            self,
            "Stage",
            http_api=api,
            stage_name="$default",
            auto_deploy=True,
            throttle=apigateway.ThrottleSettings(rate_limit=A_SECOND, burst_limit=AT_ONCE),
        )
        resource = stage.node.default_child
        if not isinstance(resource, apigateway.CfnStage):
            raise TypeError(f"{stage.node.path} is made of {type(resource).__name__} and not of a stage")
        # Who asked for what, and no token: not even of whoever was not let in.
        resource.access_log_settings = apigateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=logs.log_group_arn,
            format='{"at":"$context.requestTime","person":"$context.authorizer.claims.sub","method":"$context.httpMethod",'
            '"path":"$context.path","status":"$context.status","refused":"$context.authorizer.error"}',
        )

    def _pool(self, settings: Settings) -> cognito.UserPool:
        pool = cognito.UserPool(
            self,
            "People",
            self_sign_up_enabled=False,
            sign_in_aliases=cognito.SignInAliases(email=True),
            sign_in_case_sensitive=False,
            auto_verify=cognito.AutoVerifiedAttrs(email=True),
            # Only a person who reads the new address makes it the own one: approvers are known by it.
            keep_original=cognito.KeepOriginalAttrs(email=True),
            standard_attributes=cognito.StandardAttributes(
                email=cognito.StandardAttribute(required=True, mutable=True)
            ),
            mfa=cognito.Mfa.REQUIRED,
            mfa_second_factor=cognito.MfaSecondFactor(sms=False, otp=True),
            password_policy=cognito.PasswordPolicy(min_length=14, temp_password_validity=cdk.Duration.days(3)),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            deletion_protection=settings.retains,
            removal_policy=removal_policy(settings),
        )
        for finding, because in {
            "COG1": "A password is long instead of mixed, and a second factor goes with it (NIST SP 800-63B, 5.1.1.2).",
            "COG8": (
                "The plan with threat protection is paid by the user; nobody signs up, and a second factor is required."
            ),
        }.items():
            acknowledge(pool, [finding], because)
        return pool
