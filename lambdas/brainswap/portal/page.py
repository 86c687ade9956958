"""The portal's one page: a frame that its own script fills."""

from dataclasses import dataclass

from brainswap.portal.exchange import HTML, Answered
from brainswap.report import appearance
from brainswap.report.markup import el, page, policy_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Where people sign in; both empty where whoever has the address has the token.

    Attributes:
        client: the id of the portal's app client.
        domain: of the hosted sign-in.
    """

    client: str = ""
    domain: str = ""


def portal_page(sign_in: SignIn) -> Answered:
    """The page; its policy as a header as well, which alone forbids to frame it."""
    connects = ["'self'", *([f"https://{sign_in.domain}"] if sign_in.domain else [])]
    stylesheet, script = appearance.portal_stylesheet(), appearance.portal_script()
    body = page(
        title="Brainswap",
        stylesheet=stylesheet,
        script=script,
        connects=connects,
        body=(
            el("a", {"class": "skip", "href": "#main"}, "Skip to the content"),
            el(
                "header",
                {"class": "masthead", "id": "sign-in", "data-client": sign_in.client, "data-domain": sign_in.domain},
                el("p", {"class": "wordmark"}, "Brainswap ", el("span", None, "runs and decisions")),
            ),
            el("main", {"id": "main"}, el("p", {"class": "quiet"}, "Loading; this page needs its script.")),
            el("footer", None, el("p", None, "Files open by links that end after a minute.")),
        ),
    )
    policy = f"{policy_of(stylesheet, script, connects)}; frame-ancestors 'none'"
    return Answered(status=200, content_type=HTML, body=body, policy=policy)
