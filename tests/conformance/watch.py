"""Holds every answer that boto3 receives against botocore's own model of the service.

botocore's parser forgives: it drops what it does not know and leaves out what is missing. This looks
at the same bytes again: unknown elements and keys, required members that are absent, values outside
an enumeration, error codes that the operation does not have, and statuses that are not the model's.
"""
import json
import xml.etree.ElementTree as ET

# Refusals that any operation can meet: "Common errors" of each API reference.
COMMON = {
    "AccessDenied", "AccessDeniedException", "ExpiredToken", "ExpiredTokenException",
    "IncompleteSignature", "InternalFailure", "InvalidClientTokenId", "InvalidSignatureException",
    "MalformedXML", "MissingAuthenticationToken", "MissingAuthenticationTokenException",
    "ServiceUnavailable", "SignatureDoesNotMatch", "Throttling", "UnrecognizedClientException",
    "ValidationError", "ValidationException",
}
# Where AWS and its model differ: service, and what the finding contains.
EXCEPTIONS = {
    # Left out of the answer about a function that has none.
    ("lambda", "there is no CodeSigningConfigArn"),
    # What AWS answers while an update is in progress, as many a reader of its output has seen.
    ("lambda", "LastUpdateStatusReasonCode. is 'Creating'"),
    # The model has had 200 for a while, the API reference had 204 for ten years; SDKs take either.
    ("lambda", "the status is 204, the model's is 200"),
}


class Watch:
    """Every call that was answered, and what was wrong with the answer."""

    def __init__(self):
        self.calls = []
        self.findings = []

    def attach(self, client):
        model = client.meta.service_model

        def received(response_dict, parsed_response, event_name, **_):
            self.look(model, event_name.rsplit(".", 1)[1], response_dict, parsed_response)

        client.meta.events.register("response-received", received)
        return client

    def look(self, service, name, raw, parsed):
        """One answer, as it came and as botocore read it."""
        self.calls.append(f"{service.service_name}:{name}")
        if raw is None:
            return
        for text in wrong(service, service.operation_model(name), raw, parsed or {}):
            if not any(service.service_name == it and part in text for it, part in EXCEPTIONS):
                self.findings.append((f"{service.service_name}:{name}", text))


def wrong(service, operation, raw, parsed):
    status = raw["status_code"]
    if status >= 300:
        yield from wrong_error(service, operation, status, parsed.get("Error", {}).get("Code"))
        return
    modelled = operation.http.get("responseCode")
    if modelled and status != modelled and service.service_name != "s3":
        yield f"the status is {status}, the model's is {modelled}"
    shape = operation.output_shape
    if shape is None:
        return
    yield from wrong_value(shape, parsed, "")
    yield from unknown(service, operation, raw.get("body"))


def wrong_error(service, operation, status, code):
    known = {}
    for shape in operation.error_shapes:
        error = shape.metadata.get("error", {})
        known[error.get("code", shape.name)] = error.get("httpStatusCode")
    if code in known:
        if known[code] and known[code] != status:
            yield f"{code} has the status {status}, the model's is {known[code]}"
    # The model of S3 names few of its errors.
    elif code not in COMMON and service.service_name != "s3":
        yield f"{code} is no error of this operation"


def wrong_value(shape, value, path):
    if shape.type_name == "structure":
        if not isinstance(value, dict):
            yield f"{path} is no structure"
            return
        for name in shape.required_members:
            if name not in value:
                yield f"there is no {path}{name}"
        for name, member in shape.members.items():
            if name in value:
                yield from wrong_value(member, value[name], f"{path}{name}.")
    elif shape.type_name == "list":
        for item in value:
            yield from wrong_value(shape.member, item, path)
    elif shape.type_name == "string" and shape.enum and value not in shape.enum:
        yield f"{path} is {value!r}, which is not in the enumeration"


def unknown(service, operation, body):
    if not isinstance(body, bytes) or not body.strip():
        return
    shape = operation.output_shape
    payload = shape.serialization.get("payload")
    if service.metadata["protocol"] == "rest-json":
        if payload is None:
            yield from unknown_keys(shape, json.loads(body), "")
        return
    if payload and shape.members[payload].type_name != "structure":
        return
    # Its only member is the text of the root.
    if operation.name == "GetBucketLocation":
        return
    root = ET.fromstring(body)
    if "resultWrapper" in shape.serialization:
        root = root.find(f"{namespace(root)}{shape.serialization['resultWrapper']}")
    yield from unknown_elements(shape.members[payload] if payload else shape, root, "")


def namespace(element):
    return element.tag[: element.tag.index("}") + 1] if element.tag.startswith("{") else ""


def unknown_keys(shape, value, path):
    if shape.type_name == "structure" and isinstance(value, dict):
        names = {it.serialization.get("name", name): it for name, it in shape.members.items()}
        for name, inner in value.items():
            if name not in names:
                yield f"unknown key {path}{name}"
            elif inner is not None:
                yield from unknown_keys(names[name], inner, f"{path}{name}.")
    elif shape.type_name == "list" and isinstance(value, list):
        for item in value:
            yield from unknown_keys(shape.member, item, path)


def unknown_elements(shape, element, path):
    if shape.type_name == "structure":
        members = {}
        for name, member in shape.members.items():
            if member.serialization.get("location") is None:
                flat = member.type_name == "list" and member.serialization.get("flattened")
                inner = member.member.serialization.get("name") if flat else None
                members[member.serialization.get("name") or inner or name] = (member, flat)
        for child in element:
            tag = child.tag[len(namespace(child)):]
            member, flat = members.get(tag, (None, None))
            if member is None:
                yield f"unknown element {path}{tag}"
            else:
                yield from unknown_elements(member.member if flat else member, child, f"{path}{tag}.")
    elif shape.type_name == "list":
        wanted = shape.member.serialization.get("name", "member")
        for child in element:
            tag = child.tag[len(namespace(child)):]
            if tag != wanted:
                yield f"unknown element {path}{tag}"
            else:
                yield from unknown_elements(shape.member, child, path)
