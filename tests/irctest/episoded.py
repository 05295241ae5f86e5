"""Runs irctest's client tests against the bot: see README.md beside this file."""

import json
import os
from pathlib import Path
from typing import Any, Dict, Optional, Type

from irctest import authentication, tls
from irctest.basecontrollers import BaseClientController, DirectoryBasedController


class EpisodedController(BaseClientController, DirectoryBasedController):
    software_name = "episoded"
    supported_sasl_mechanisms = {"PLAIN", "ECDSA-NIST256P-CHALLENGE", "SCRAM-SHA-256", "EXTERNAL"}
    supports_sts = True

    def _sasl(self, auth: authentication.Authentication) -> Dict[str, Any]:
        # The tests expect the bot to stay when a login fails.
        sasl: Dict[str, Any] = {"account": auth.username, "required": False}
        if auth.password:
            with self.open_file("password") as fd:
                fd.write(auth.password)
            sasl["password"] = {"file": "password"}
        if auth.ecdsa_key:
            with self.open_file("account.key") as fd:
                fd.write(auth.ecdsa_key)
            sasl["key"] = "account.key"
        names = [mechanism.to_string().lower() for mechanism in auth.mechanisms]
        sasl["mechanism"] = names[0] if len(names) == 1 else "auto"
        return sasl

    def run(
        self,
        hostname: str,
        port: int,
        auth: Optional[authentication.Authentication],
        tls_config: Optional[tls.TlsConfig] = None,
    ) -> None:
        # A second run continues with the state of the first.
        if self.directory is None:
            self.create_config()
        assert self.directory and self.proc is None
        scheme = "ircs" if tls_config and tls_config.enable else "irc"
        gateway: Dict[str, Any] = {
            "name": "irctest",
            "type": "irc",
            "url": f"{scheme}://{'127.0.0.1' if hostname == '0.0.0.0' else hostname}:{port}",
            "nick": "episoded",
            "channels": ["#tv"],
            "reconnect": {"base_ms": 100, "cap_ms": 1000},
        }
        if tls_config and tls_config.trusted_fingerprints:
            gateway["fingerprint"] = tls_config.trusted_fingerprints
        if auth:
            gateway["sasl"] = self._sasl(auth)
        with self.open_file("episoded.json", "w") as fd:
            json.dump({"state": "state", "gateways": [gateway]}, fd)
        program = os.environ.get("EPISODED", "episoded")
        self.proc = self.execute([program, "run", "-c", Path(self.directory) / "episoded.json"])


def get_irctest_controller_class() -> Type[EpisodedController]:
    return EpisodedController
