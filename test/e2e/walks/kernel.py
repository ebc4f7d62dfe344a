"""A kernel of Jupyter, as a notebook uses one; `cell` gives what the notebook would show."""

from jupyter_client.manager import start_new_kernel

manager, kernel = start_new_kernel(kernel_name="python3", startup_timeout=120)


def cell(code):
    shown = {"text": "", "html": "", "error": []}

    def output(message):
        content = message["content"]
        if message["msg_type"] == "stream":
            shown["text"] += content["text"]
        if message["msg_type"] in ("execute_result", "display_data"):
            shown["text"] += content["data"].get("text/plain", "")
            shown["html"] += content["data"].get("text/html", "")
        if message["msg_type"] == "error":
            shown["error"] = content["traceback"]

    kernel.execute_interactive(code, output_hook=output, timeout=240, allow_stdin=False)
    return shown


def end():
    kernel.stop_channels()
    manager.shutdown_kernel(now=True)
