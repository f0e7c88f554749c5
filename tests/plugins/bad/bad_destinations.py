"""Destinations that break the contract, each in one way; an instance stands where a module would.

`_Kept` keeps the contract, so that what a class below changes is the only thing wrong with it.
"""

from dataclasses import replace

from plugin_spec import SPEC_VERSION, About, hookimpl

CANARY = "canary-secret-5e1f"


class _Kept:
    def __init__(self, name):
        self.name = name

    @hookimpl
    def destination_about(self):
        return About(
            name=self.name,
            title="Bad",
            description="Breaks the contract.",
            event_sources=("thing",),
            max_events=1,
            max_bytes=1,
            repeat_window_s=0,
        )

    @hookimpl
    def destination_config_schema(self):
        return {"type": "object"}

    @hookimpl
    def destination_field_rules(self):
        return ()

    @hookimpl
    def destination_compile(self, config):
        raise NotImplementedError

    @hookimpl
    def destination_open(self, config):
        raise NotImplementedError

    def __repr__(self):
        return f"<plugin that holds {CANARY}>"


class MissingHook(_Kept):
    destination_open = None


class MisspeltHook(_Kept):
    @hookimpl
    def destination_colour(self):
        return "red"


class MisspeltArgument(_Kept):
    @hookimpl
    def destination_compile(self, configuration):
        return configuration


class UnmarkedHook(_Kept):
    def destination_compile(self, config):
        return config


class DefaultArgument(_Kept):
    @hookimpl
    def destination_open(self, config, credential=CANARY):
        return credential


class OldContract(_Kept):
    @hookimpl
    def destination_about(self):
        return replace(super().destination_about(), spec_version=SPEC_VERSION - 1)


class NewContract(_Kept):
    @hookimpl
    def destination_about(self):
        return replace(super().destination_about(), spec_version=SPEC_VERSION + 1)


class OtherName(_Kept):
    @hookimpl
    def destination_about(self):
        return replace(super().destination_about(), name="somebody_else")


class AboutIsADict(_Kept):
    @hookimpl
    def destination_about(self):
        return {"name": self.name, "token": CANARY}


class AboutIsNothing(_Kept):
    @hookimpl
    def destination_about(self):
        return None


class AboutRaises(_Kept):
    @hookimpl
    def destination_about(self):
        raise RuntimeError(CANARY)


missing_hook = MissingHook("missing_hook")
misspelt_hook = MisspeltHook("misspelt_hook")
misspelt_argument = MisspeltArgument("misspelt_argument")
unmarked_hook = UnmarkedHook("unmarked_hook")
default_argument = DefaultArgument("default_argument")
old_contract = OldContract("old_contract")
new_contract = NewContract("new_contract")
other_name = OtherName("other_name")
about_is_a_dict = AboutIsADict("about_is_a_dict")
about_is_nothing = AboutIsNothing("about_is_nothing")
about_raises = AboutRaises("about_raises")
