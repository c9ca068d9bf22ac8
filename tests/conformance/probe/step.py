"""One call to any cloud, and its outcome beside the one that AWS documents."""
from dataclasses import dataclass

from botocore.exceptions import ClientError


@dataclass
class Row:
    operation: str
    what: str
    expected: str
    outcome: str

    @property
    def name(self):
        return f"{self.operation}: {self.what}"


class Missing(Exception):
    """An earlier step did not give what this one needs."""


def need(value):
    if value is None:
        raise Missing
    return value


class Steps:
    """Makes the calls one after another; each leaves a row."""

    def __init__(self, cloud):
        self.cloud, self.rows = cloud, []

    def step(self, operation, what, call, expected="ok", text="", check=None):
        """One call; `check` says what of its answer is AWS's."""
        answer = None
        try:
            answer = call()
            outcome = "ok" if check is None or check(answer) else "another answer"
        except ClientError as error:
            response = error.response
            status = response["ResponseMetadata"]["HTTPStatusCode"]
            outcome = f"{response['Error']['Code']} {status}"
            if outcome == expected and text not in response["Error"].get("Message", ""):
                outcome = f"{outcome}, another text"
        except (Missing, KeyError, IndexError, TypeError):
            outcome = "not reached"
        except Exception as error:
            # Whatever boto3 cannot parse: the name is all that is the same in every run.
            outcome = f"unreadable: {type(error).__name__}"
        self.rows.append(Row(operation, what, expected, outcome))
        return answer


def camel(text):
    return "".join(part.capitalize() for part in text.split("_"))


def inside(wanted, actual):
    """Whether everything that was wanted is there, in whatever order lists of texts come."""
    if isinstance(wanted, dict):
        return all(key in actual and inside(value, actual[key]) for key, value in wanted.items())
    if isinstance(wanted, list) and all(isinstance(it, str) for it in wanted):
        return sorted(wanted) == sorted(actual)
    if isinstance(wanted, list):
        return len(wanted) == len(actual) and all(map(inside, wanted, actual))
    return wanted == actual
