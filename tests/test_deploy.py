"""A team's compose file: what it says holds together, though no Docker may be here to ask."""

import re
import shutil
import sys
from pathlib import Path

import pytest
import yaml

DEPLOY = Path(__file__).parents[1] / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
LASTING = {name for name, each in SERVICES.items() if each["restart"] != "no"}

every = pytest.mark.parametrize("name", SERVICES)
KNOWN = {  # of the compose specification, as far as it is used here
    "build", "command", "depends_on", "environment", "healthcheck", "image", "init", "logging", "ports",
    "restart", "volumes",
}  # fmt: skip


@every
def test_a_service_is_kept_up_and_asked_how_it_is(name):
    service = SERVICES[name]
    assert set(service) <= KNOWN
    assert service["restart"] in {"unless-stopped", "no"}
    if name in LASTING:
        assert service["healthcheck"]["test"][0] == "CMD"
        assert {"interval", "timeout", "retries"} <= set(service["healthcheck"])
    for port in service.get("ports", ()):
        assert re.fullmatch(r"127\.0\.0\.1:\$\{\w+_PORT:-(\d+)\}:\1", port), "loopback only"
    if "image" in service and "build" not in service:
        assert ":" in service["image"], "a version"
    else:
        build = service["build"]
        assert (DEPLOY / build["context"] / build["dockerfile"]).exists()


@every
def test_what_it_waits_for_is_there_and_can_come_true(name):
    for other, how in SERVICES[name].get("depends_on", {}).items():
        condition = how["condition"]
        assert condition == (
            "service_healthy" if other in LASTING else "service_completed_successfully"
        )
        if other in LASTING:
            assert "healthcheck" in SERVICES[other]


@every
def test_volumes_are_named_or_lie_here(name):
    for volume in SERVICES[name].get("volumes", ()):
        source = re.sub(r"\$\{\w+:-(.*?)\}", r"\1", volume).partition(":")[0]
        assert source in COMPOSE["volumes"] or (DEPLOY / source).exists(), volume


@every
def test_commands_are_programs_of_the_environment(name):
    words = SERVICES[name].get("command")
    if words:
        assert all(isinstance(word, str) for word in words)
        assert words[0] in {"mlflow", "prefect", "caselab"}
        assert shutil.which(words[0], path=Path(sys.executable).parent)


def test_secrets_come_by_the_environment_and_no_service_starts_without():
    example = (DEPLOY / ".env.example").read_text()
    offered = set(re.findall(r"^#?(\w+)=", example, re.MULTILINE))
    text = (DEPLOY / "compose.yaml").read_text()
    used = dict(re.findall(r"\$\{(\w+)(:\?|:-)", text))
    assert set(re.findall(r"\$\{(\w+)", text)) == offered == set(used)
    assert {name for name, how in used.items() if how == ":?"} == {
        "POSTGRES_PASSWORD", "CASELAB_TOKEN"
    }  # fmt: skip
    assert re.findall(r"^(\w+)=.", example, re.MULTILINE) == [], "no value that anybody might keep"
    assert "/deploy/.env" in (DEPLOY.parent / ".gitignore").read_text().splitlines()
    assert "deploy/.env" in (DEPLOY.parent / ".dockerignore").read_text().splitlines()
    for name, service in SERVICES.items():
        assert not any("PASSWORD" in word for word in service.get("command", ())), name


def test_every_database_that_is_named_is_made():
    text = (DEPLOY / "compose.yaml").read_text()
    named = set(re.findall(r"@postgres:5432/(\w+)", text))
    made = set(
        re.findall(r"CREATE DATABASE (\w+)", (DEPLOY / "postgres/databases.sql").read_text())
    )
    assert named == made | {SERVICES["postgres"]["environment"]["POSTGRES_DB"]}


def test_the_image_is_built_from_what_is_here():
    for line in (DEPLOY / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY"):
            for source in line.split()[1:-1]:
                assert (DEPLOY.parent / source).exists(), source
