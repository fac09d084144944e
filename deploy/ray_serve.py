"""The judge server on Ray Serve: replicas on the nodes of a cluster, behind one address.

    pip install 'visual-erm[server]' 'ray[serve]'          # on every node
    export VISUAL_ERM_SERVER_TOKEN=...                     # on every node
    serve run deploy.ray_serve:application replicas=4 cpus=8 judge=embedded

Every replica is a whole server with its own queue and its own processes, so the routes, limits and
metrics of docs/server.md are a replica's. Ray sends a request to the replica with the least to do,
starts another where one dies, and lets one that is taken away finish what it has accepted.
"""

from __future__ import annotations

from typing import Any


def application(options: dict[str, str]) -> Any:
    """What `serve run` starts.

    Args:
        options: replicas (1), cpus of each (2), judge ("embedded"), queue of each (64).
    """
    from ray import serve

    cpus, queue = int(options.get("cpus", 2)), int(options.get("queue", 64))
    judge = options.get("judge", "embedded")

    # inside, so that it travels to the replicas by value: they need the package, not this file
    def build() -> Any:
        from visual_erm.server import Settings, make_app
        from visual_erm.server.settings import read_token

        return make_app(
            # Ray's proxy listens; it is reached by other names than this machine's
            Settings(
                host="0.0.0.0",  # noqa: S104
                judge=judge,
                workers=cpus,
                queue=queue,
                token=read_token(None),
            )
        )

    deployment = serve.deployment(
        serve.ingress(build)(),
        name="visual-erm",
        num_replicas=int(options.get("replicas", 1)),
        ray_actor_options={"num_cpus": cpus},
        # more than the replica's own queue, which refuses with a Retry-After
        max_ongoing_requests=queue + 4 * cpus + 64,
        graceful_shutdown_timeout_s=60,
    )
    return deployment.bind()
