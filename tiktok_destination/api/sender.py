"""The destination's sender: sends events, and, for a token of a developer app, authorises, checks and lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from plugin_spec import (
    Authoriser,
    Check,
    Checker,
    Choice,
    Chooser,
    ConfigError,
    ConfigFault,
    Credential,
    Denied,
    DeveloperApp,
    Grant,
    Services,
)
from tiktok_destination.api import assets, oauth
from tiktok_destination.api.asking import Asker
from tiktok_destination.api.client import Client
from tiktok_destination.api.events import EventsSender
from tiktok_destination.catalog.return_codes import return_codes

_SETTINGS: Final = "settings."
_AGAIN: Final = "Authorise again, with an account that has access, and tick the ad account."
_LOOK: Final = "Compare it with Events Manager, or pick it from the list."
_PASTED: Final = (
    "A token from Events Manager cannot be looked up; whether it works shows when a test event is sent."
)


class TikTokSender(EventsSender, Authoriser, Checker, Chooser):
    """One configuration's settings (they may be incomplete) and one credential. Threads may share it."""

    def __init__(
        self,
        settings: Mapping[str, Any],
        credential: Credential,
        *,
        base_url: str,
        envelope: Callable[[str, Sequence[bytes]], bytes],
        services: Services,
    ) -> None:
        """Raises ConfigError for a token that cannot be one."""
        super().__init__(
            access_token=credential.access_token, base_url=base_url, envelope=envelope, services=services
        )
        self._settings = settings
        self._credential = credential
        self._base_url = base_url
        self._services = services
        self._ask = Asker(self._client, services.sleep)

    def authorise_url(self, state: str, redirect_uri: str) -> str:
        """The portal's address. Raises ConfigError for a credential without a developer app."""
        return oauth.authorise_url(self._base_url, self._app(), state, redirect_uri)

    def exchange(self, code: str) -> Grant | Denied:
        """A new token for the code, and what it opens."""
        app, name = self._app(), self._credential.name
        with self._client_with("") as client:
            exchanged = oauth.exchange(client, app, code)
        if isinstance(exchanged, Denied):
            return exchanged
        token, data = exchanged
        with self._client_with(token) as client:
            accounts = oauth.accounts_of(Asker(client, self._services.sleep), app)
        return oauth.grant(app, name, token, data, () if isinstance(accounts, Denied) else accounts)

    def revoke(self) -> Denied | None:
        """End the token at TikTok."""
        app = self._app()
        with self._client_with("") as client:
            return oauth.revoke(client, app, self._credential.access_token)

    def check(self) -> tuple[Check, ...]:
        """Token, ad account, and event source ids, as far as the token may look them up."""
        return tuple(self._checks())

    def choices(self, config_property: str) -> tuple[Choice, ...] | Denied:
        """Ad accounts, pixels, event sets; nothing for what TikTok does not list."""
        key = config_property.removeprefix(_SETTINGS)
        app = self._credential.app
        if app is None:
            return ()
        if key == "advertiser_id":
            return oauth.accounts_of(self._ask, app)
        if key not in assets.ASSETS:
            return ()
        accounts = self._accounts(app)
        if isinstance(accounts, Denied):
            return accounts
        found: list[Choice] = []
        for account in accounts:
            listed = self._listed(key, account)
            if isinstance(listed, Denied):
                return listed
            found += [Choice(one.event_source_id, one.name) for one in listed]
        return tuple(found)

    def _app(self) -> DeveloperApp:
        app = self._credential.app
        if app is None:
            problem = "the credential has no developer app, so nobody can be asked to authorise"
            remedy = "Connect with the app's id and secret, or paste a token from Events Manager."
            raise ConfigError((ConfigFault(("credential",), problem, remedy),))
        return app

    @contextmanager
    def _client_with(self, token: str) -> Iterator[Client]:
        """A client of another token, or of none."""
        client = Client(base_url=self._base_url, access_token=token, services=self._services)
        try:
            yield client
        finally:
            client.close()

    def _accounts(self, app: DeveloperApp) -> tuple[str, ...] | Denied:
        """The ad account of the settings, or without one every account that the token reaches."""
        chosen = self._settings.get("advertiser_id")
        if chosen:
            return (chosen,)
        accounts = oauth.accounts_of(self._ask, app)
        return accounts if isinstance(accounts, Denied) else tuple(account.value for account in accounts)

    def _listed(self, key: str, account: str) -> tuple[assets.Asset, ...] | Denied:
        if key == "event_set_id" and self._settings.get("event_source") == "crm":
            key = "crm_event_set_id"
        return assets.ASSETS[key](self._ask, account)

    def _checks(self) -> Iterator[Check]:
        app = self._credential.app
        if app is None:
            yield Check("access token", bool(self._credential.access_token), _PASTED)
            return
        user = assets.user_name(self._ask)
        if isinstance(user, Denied):
            yield _denied("access token", user)
            return
        yield Check("access token", well=True, detail=f"It works; {user or 'its owner'} authorised it.")
        accounts = oauth.accounts_of(self._ask, app)
        if isinstance(accounts, Denied):
            yield _denied("ad accounts", accounts)
            return
        reached = {account.value for account in accounts}
        yield Check("ad accounts", bool(reached), f"{len(reached)} can be reached.", _AGAIN)
        chosen = self._settings.get("advertiser_id")
        if chosen and chosen not in reached:
            yield Check(
                "settings.advertiser_id", well=False, detail="The token does not reach it.", remedy=_AGAIN
            )
            return
        for key in assets.ASSETS:
            if self._settings.get(key):
                yield from self._asset_check(key, self._settings[key], app)
        for event_set_id in self._settings.get("event_set_ids") or ():
            yield from self._asset_check("event_set_id", event_set_id, app)

    def _asset_check(self, key: str, wanted: str, app: DeveloperApp) -> Iterator[Check]:
        name = f"{_SETTINGS}{key}"
        accounts = self._accounts(app)
        if isinstance(accounts, Denied):
            yield _denied(name, accounts)
            return
        for account in accounts:
            listed = self._listed(key, account)
            if isinstance(listed, Denied):
                yield _denied(name, listed)
                return
            found = next((one for one in listed if one.event_source_id == wanted), None)
            if found is not None:
                yield Check(name, well=True, detail=f"It is “{found.name}”.")
                yield from self._set_checks(found)
                return
        yield Check(name, well=False, detail="No ad account that the token reaches has it.", remedy=_LOOK)

    def _set_checks(self, found: assets.Asset) -> Iterator[Check]:
        """The name and the auto tracking that the settings expect: compared, never changed."""
        expected = self._settings.get("event_set_name")
        if expected is not None and expected != found.name:
            yield Check(
                "settings.event_set_name", well=False, detail="TikTok has another name for it.", remedy=_LOOK
            )
        tracking = self._settings.get("auto_tracking")
        if tracking is not None and found.auto_tracking is not None and tracking != found.auto_tracking:
            says = "on" if found.auto_tracking else "off"
            yield Check(
                "settings.auto_tracking",
                well=False,
                detail=f"At TikTok it is {says}.",
                remedy="Change it in Ads Manager, or change the setting.",
            )


def _denied(name: str, denied: Denied) -> Check:
    known = return_codes().get(denied.code)
    meaning, remedy = (known.code.meaning, known.code.remedy) if known else ("", "")
    return Check(name, well=False, detail=f"{denied.code}: {meaning}", remedy=remedy)
