import pytest

from local.bedrock.catalogue import Catalogue, CatalogueModel
from local.bedrock.faults import ServiceError

FAR = CatalogueModel(
    model_id="acme.far-v1:0", provider="Acme", name="Far", on_demand=False, profiles=(("xy.acme.far-v1:0", ("xy-1",)),)
)


def test_an_id_that_is_asked_for_by_profile_brings_its_model_and_its_regions() -> None:
    catalogue = Catalogue(others=["eu.acme.new-model-v2:0"])

    profile = catalogue.profile("eu.acme.new-model-v2:0")

    assert profile is not None
    assert profile.model.model_id == "acme.new-model-v2:0"
    assert (profile.model.provider, profile.model.name) == ("Acme", "New Model")
    assert "eu-west-1" in profile.regions
    assert catalogue.to_answer("acme.new-model-v2:0") == profile.model


def test_a_further_profile_joins_the_profiles_of_a_known_model() -> None:
    catalogue = Catalogue([FAR], ["us.acme.far-v1:0", "xy.acme.far-v1:0"])

    assert [profile.profile_id for profile in catalogue.profiles] == ["xy.acme.far-v1:0", "us.acme.far-v1:0"]
    assert catalogue.profiles[0].regions == ("xy-1",)
    assert catalogue.base_id("us.acme.far-v1:0") == "acme.far-v1:0"


def test_a_vendor_whose_name_is_no_region_is_not_taken_for_a_prefix() -> None:
    catalogue = Catalogue(others=["acme.model.with.dots-v1:0"])

    assert catalogue.profiles == ()
    assert catalogue.model("acme.model.with.dots-v1:0") is not None


def test_a_model_without_throughput_is_answered_by_its_own_id_only_where_somebody_asked_for_that() -> None:
    with pytest.raises(ServiceError, match="inference profile"):
        Catalogue([FAR]).to_answer("acme.far-v1:0")

    assert Catalogue([FAR], ["acme.far-v1:0"]).to_answer("acme.far-v1:0") == FAR


def test_openai_ids_are_models_of_the_other_wire_alone() -> None:
    catalogue = Catalogue(others=["openai:gpt-5", "openai:gpt-4o"])

    assert catalogue.openai_names == ("gpt-4o", "gpt-5")
    assert catalogue.models == ()
    with pytest.raises(ServiceError, match="invalid"):
        catalogue.to_answer("openai:gpt-5")
