"""Runs code that comes as lines of JSON in one namespace; answers each by a line: what the code left in `result`, or its error."""

import json
import os
import sys

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # whatever prints goes to standard error
namespace = {"__name__": "__main__"}

for line in sys.stdin:
    namespace.pop("result", None)
    try:
        exec(compile(json.loads(line), "<test>", "exec"), namespace)
        answer = {"result": namespace.get("result")}
    except BaseException as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), file=answers, flush=True)
