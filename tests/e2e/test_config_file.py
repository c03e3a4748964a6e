"""The configuration file and its overrides, on a real engine."""

from __future__ import annotations

from e2e.obligations import (
    containers,
    get,
    inspect,
    must_be_refused,
    must_have_touched_nothing,
    must_not_tell_secrets,
    must_run_on_its_own_profile,
    must_succeed,
    variables,
)
from e2e.project import COMMAND, IMAGE, KEY, Project
from e2e.schemas import must_match_its_schema
from e2e.terminal import Terminal

OWN_KEY = "sk-of-user-b-alone"


def configure(project: Project, text: str) -> None:
    path = project.root / "multi-instance.toml"
    path.write_text(text)
    path.chmod(0o600)


def overrides(project: Project, memory: str = "128m", enabled: str = "false") -> str:
    return f"""
    log-level = "WARNING"
    [profiles.user-a]
    memory-limit = "{memory}"
    cpus = 0.5
    log-level = "DEBUG"
    environment = {{ GREETING = "hello world" }}
    docker-args = ["--hostname its-own-name"]
    api-port = {project.api_port + 10}
    [profiles.user-b]
    api-key = "{OWN_KEY}"
    [profiles.user-c]
    enabled = {enabled}
    """


def test_each_profile_gets_what_the_file_says_of_it_and_changes_alone(project: Project) -> None:
    project.add("user-a", "user-b", "user-c", "user-d")
    configure(project, overrides(project))
    result = must_succeed(project.up())

    must_not_tell_secrets(result, OWN_KEY, "hello world")
    names = [project.container(name) for name in ("user-a", "user-b", "user-d")]
    assert sorted(containers(project)) == names
    own, other = inspect(names[0]), inspect(names[2])
    assert own["HostConfig"]["Memory"] == 128 * 1024**2
    assert own["HostConfig"]["NanoCpus"] == 500_000_000
    assert own["Config"]["Hostname"] == "its-own-name"
    assert (other["HostConfig"]["Memory"], other["HostConfig"]["NanoCpus"]) == (0, 0)
    assert variables(names[0])["GREETING"] == "hello world"
    assert variables(names[0])["SERVER_LOG_LEVEL"] == "DEBUG"
    assert variables(names[2])["SERVER_LOG_LEVEL"] == "WARNING"
    assert "GREETING" not in variables(names[2])
    ports = {"user-a": project.api_port + 10, "user-b": project.api_port + 1}
    ports["user-d"] = project.api_port + 3
    for name, port in ports.items():
        must_run_on_its_own_profile(project, name, port)
    assert get(ports["user-b"], "/v1/queue", OWN_KEY)[0] == 200
    assert get(ports["user-b"], "/v1/queue", KEY)[0] == 401
    assert get(ports["user-d"], "/v1/queue", KEY)[0] == 200

    must_change_alone(project)
    must_come_and_go_with_its_switch(project)


def must_change_alone(project: Project) -> None:
    before = containers(project)
    assert "nothing to do" in must_succeed(project.up()).out
    configure(project, overrides(project, memory="160m"))
    result = must_succeed(project.up())
    assert "memory limit changed" in result.text
    after = containers(project)
    assert {name for name, container_id in after.items() if before[name] != container_id} == {
        project.container("user-a")
    }


def must_come_and_go_with_its_switch(project: Project) -> None:
    """A profile that is disabled keeps its lease, and its session comes home before it goes."""
    name, port = project.container("user-c"), project.api_port + 2
    configure(project, overrides(project, enabled="true"))
    must_succeed(project.up())
    must_run_on_its_own_profile(project, "user-c", port)
    before = (project.saved / "user-c.json").read_bytes()
    configure(project, overrides(project))
    result = must_succeed(project.up())
    assert f"remove   {name}: its profile is disabled in the configuration" in result.text
    assert name not in containers(project)
    assert (project.saved / "user-c.json").read_bytes() != before, "its last session is lost"
    configure(project, overrides(project, enabled="true"))
    must_succeed(project.up())
    must_run_on_its_own_profile(project, "user-c", port)


def test_a_file_with_faults_is_refused_whole_and_nothing_is_touched(project: Project) -> None:
    project.add("user-a")
    configure(project, "imege = 'x'\nbase-api-port = 'one'\n[profiles.user-a]\nport = 1")
    before = project.snapshot()
    result = project.up()

    must_be_refused(result, "imege", "did you mean image?", "profiles.user-a.port", code=2)
    assert "base-api-port: is text; write a whole number" in result.err
    must_have_touched_nothing(project, before)


def test_ports_that_clash_and_profiles_that_are_not_there_are_found(project: Project) -> None:
    project.add("user-a", "user-b")
    spared = project.stream_port + 1
    configure(project, f"[profiles.user-a]\napi-port = {spared}\n[profiles.user-x]\ncpus = 1")
    result = must_succeed(project.up())
    assert "profiles.user-x: names a profile that the pool does not hold" in result.err
    assert "did you mean user-" in result.err
    leased = project.api_port + 2
    must_run_on_its_own_profile(project, "user-b", leased)
    configure(project, f"[profiles.user-a]\nstream-port = {leased}\n")

    must_be_refused(project.up(), f"port {leased} is pinned for it, and also wanted by user-b")


def test_an_image_of_one_profile_alone_that_is_missing_is_named(project: Project) -> None:
    project.add("user-a", "user-b")
    configure(project, '[profiles.user-b]\nimage = "nobody-built-this:1"')

    must_be_refused(project.up(), "image nobody-built-this:1: does not exist on this engine")


def test_the_lines_of_a_dry_run_make_instances_with_keys_of_their_own(project: Project) -> None:
    project.add("user-a", "user-b")
    text = f'[profiles.user-b]\napi-key = "{OWN_KEY}"\nenvironment = {{ A = "b c" }}\n'
    configure(project, text)
    masked = must_succeed(project.up("--dry-run"))
    must_not_tell_secrets(masked, OWN_KEY, "b c")
    own = project.container("user-b").upper().replace("-", "_")
    assert f"{own}_API_KEY:?export it first" in masked.out
    exported = {"API_KEY": KEY, f"{own}_API_KEY": OWN_KEY, f"{own}_EXTRA_1": "b c"}
    done = project.run("bash", "-e", answer=masked.out, env=dict(exported))
    assert done.code == 0, done.err

    assert "nothing to do" in must_succeed(project.up()).out
    assert variables(project.container("user-b"))["A"] == "b c"
    assert get(project.api_port + 1, "/v1/queue", OWN_KEY)[0] == 200
    shown = must_succeed(project.up("--dry-run", "--show-secrets", "--recreate")).out
    assert f"export API_KEY={OWN_KEY}" in shown


# Keys


def test_a_generated_key_is_kept_privately_and_stays_in_force(project: Project) -> None:
    project.add("user-a")
    no_key: dict[str, str | None] = {"API_KEY": None}
    path = project.state / "keys" / f"{project.prefix}.txt"
    assert not path.exists()
    dry = must_succeed(project.up("--generate-api-key", "--dry-run", env=no_key))
    assert not project.state.exists()
    first = must_succeed(project.up("--generate-api-key", env=no_key))

    key = path.read_text().strip()
    assert (len(key) > 30, path.stat().st_mode & 0o777) == (True, 0o600)
    assert str(path) in first.err
    must_not_tell_secrets(first, key)
    must_not_tell_secrets(dry, key)
    assert get(project.api_port, "/v1/queue", key)[0] == 200
    assert get(project.api_port, "/v1/queue", "sk-dummy")[0] == 401
    for options in (("--generate-api-key",), ()):
        again = must_succeed(project.up(*options, env=no_key))
        assert "nothing to do" in again.out
        assert "default" not in again.err


def test_a_key_is_told_where_others_can_see_it_and_never_itself(project: Project) -> None:
    project.add("user-a")
    (project.root / "key").write_text("sk-in-a-file\n")
    (project.root / "key").chmod(0o644)
    no_key: dict[str, str | None] = {"API_KEY": None}
    flagged = must_succeed(project.up("--dry-run", "--api-key", "sk-flagged"))
    in_file = must_succeed(project.up("--dry-run", "--api-key-file", "key", env=no_key))
    default = must_succeed(project.up("--dry-run", env=no_key))

    assert "command line, where other users of this machine can see it" in flagged.err
    assert "every user of this machine can read" in in_file.err
    assert "is the default, which everybody knows" in default.err
    must_not_tell_secrets(flagged, "sk-flagged")
    must_not_tell_secrets(in_file, "sk-in-a-file")


# `config`


def test_the_settings_are_shown_with_their_origins(project: Project) -> None:
    configure(project, f'log-level = "DEBUG"\n[profiles.user-b]\napi-key = "{OWN_KEY}"')
    shown = must_succeed(project.command("config", "show", "--base-api-port", "3000"))
    document = must_succeed(project.command("config", "show", "--output", "json"))

    rows = {line.split()[0]: line.split() for line in shown.out.splitlines() if line}
    assert rows["base-api-port"] == ["base-api-port", "flag", "--base-api-port", "3000"]
    assert rows["image"] == ["image", "variable", "IMAGE_NAME", IMAGE]
    assert rows["log-level"] == ["log-level", "file", "multi-instance.toml", "DEBUG"]
    assert rows["wait"] == ["wait", "default", "true"]
    must_match_its_schema(document.document)
    for result in (shown, document):
        must_not_tell_secrets(result, OWN_KEY)


def test_the_settings_are_a_table_on_a_terminal(project: Project) -> None:
    with Terminal(project, COMMAND, "config", "show") as terminal:
        assert "container-prefix" in terminal.wait_for("context", "none")
        assert terminal.ended() == 0


def test_the_schema_is_printed(project: Project) -> None:
    done = must_succeed(project.command("config", "schema"))
    assert done.document["$id"] == "multi-instance/config/1"
