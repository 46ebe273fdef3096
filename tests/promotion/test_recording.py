"""What a version keeps of how it was made."""

from caselab.project import places
from caselab.promotion import candidate, recording
from caselab.storage.files import write_json


def test_a_version_tells_whose_weights_it_started_from(params, locked):
    found = candidate.chosen(params, "churn")
    assert not [name for name in recording._made_from(params, found) if "pretrained" in name]
    origins = {"origin": "ImageNet", "licence": "Apache-2.0", "sha256": "0" * 64}
    write_json(places.model("churn", found.pipeline) / "pretrained.json", origins)
    told = recording._made_from(params, found)
    assert told["caselab.pretrained.origin"] == "ImageNet"
    assert told["caselab.pretrained.licence"] == "Apache-2.0"
    assert told["caselab.pretrained.sha256"] == "0" * 64
