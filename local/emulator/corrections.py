"""Starts MiniStack with corrections that can't be made from outside. See ../README.md.

Only what no request can reach is corrected here, one function per gap. Each says why it is needed and when to remove it.
Everything else (identity, policies, rotation, CloudTrail, faults) is the gateway's, on the AWS wire.
Written against MiniStack 1.5.33; test/integration/local/gateway-core/ shows which correction a newer one still needs.
"""

import asyncio
import json
import logging
import os
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request

logger = logging.getLogger("strongroom")


# Taken out of the environment, which Lambda workers inherit.
EMULATOR_TOKEN = os.environ.pop("STRONGROOM_EMULATOR_TOKEN")


def main():
    end_with_parent()
    listener = socket.create_server(("127.0.0.1", 0))
    with os.fdopen(3, "w") as ready:
        ready.write(json.dumps({"port": listener.getsockname()[1]}) + "\n")
    correct_secret()
    correct_generated_value()
    add_secret_resource_policy()
    add_rotation_schedule()
    add_trail()
    add_workload_links()
    add_metric_math_alarm()
    asyncio.run(serve(listener))


def end_with_parent():
    """The parent holds our standard input. When it ends, we end, with our Lambda workers and our folder.

    A process of another group does it, since the folder must outlive the processes that still write into it.
    """
    undertaker = (
        "import os, shutil, signal, sys\n"
        "os.killpg(int(sys.argv[1]), signal.SIGKILL)\n"
        "shutil.rmtree(sys.argv[2], ignore_errors=True)\n"
    )

    def watch():
        while os.read(0, 4096):
            pass
        subprocess.Popen(
            [sys.executable, "-c", undertaker, str(os.getpgrp()), os.environ["TMPDIR"]],
            cwd="/",
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


async def serve(listener):
    """Serves on its own port, while GATEWAY_PORT names the gateway: the URLs that the emulator gives (queues,
    custom resources' answers, layers) and the endpoint of its Lambda workers then lead to the gateway."""
    from hypercorn.asyncio import serve as hypercorn
    from hypercorn.config import Config
    from ministack.app import app

    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.keep_alive_timeout = 75
    config.accesslog = None
    await hypercorn(app, config)


def correct_secret():
    """AWS::SecretsManager::Secret: Ref gives the ARN; a name that is taken fails; no value if none is declared; tags.

    The emulator's Ref gives the name, a taken name is overwritten with the loss of its versions, a secret without value
    gets an empty one, and the tags of CloudFormation are missing.
    Remove when `Ref` of a secret is its ARN, creating a taken name fails and the tags are set (not in 1.5.33).
    """
    from ministack.services import secretsmanager
    from ministack.services.cloudformation import provisioners

    handler = provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
    create, update, delete = handler["create"], handler["update"], handler["delete"]

    def name_of(arn):
        name, _secret = secretsmanager._resolve(arn)
        return name or arn

    def create_corrected(logical_id, props, stack_name):
        name = props.get("Name")
        if name is not None and name in secretsmanager._secrets:
            raise ValueError(
                f"The operation failed because the secret {name} already exists. "
                "(Service: SecretsManager, Error Code: ResourceExistsException)"
            )
        name, attributes = create(logical_id, props, stack_name)
        if "SecretString" not in props and "GenerateSecretString" not in props:
            secretsmanager._secrets[name]["Versions"].clear()
        secretsmanager._secrets[name]["Tags"] = [
            *props.get("Tags", []),
            {"Key": "aws:cloudformation:stack-name", "Value": stack_name},
            {"Key": "aws:cloudformation:logical-id", "Value": logical_id},
        ]
        return attributes["Arn"], attributes

    def update_corrected(physical_id, old_props, new_props, stack_name, logical_id=None):
        _name, attributes = update(name_of(physical_id), old_props, new_props, stack_name, logical_id)
        return attributes["Arn"], attributes

    def delete_corrected(physical_id, props):
        delete(name_of(physical_id), props)

    handler.update({"create": create_corrected, "update": update_corrected, "delete": delete_corrected})


def correct_generated_value():
    """GenerateSecretString: by the service's own GetRandomPassword, which draws from the system's randomness and
    honours every option.

    The emulator draws from a pseudo-random generator and honours PasswordLength and ExcludeCharacters alone.
    Drop when provisioners._sm_secret_string no longer imports `random` (it does in 1.5.33).
    """
    from ministack.services import secretsmanager
    from ministack.services.cloudformation import provisioners

    declared_value = provisioners._sm_secret_string

    def secret_string(props):
        generate = props.get("GenerateSecretString")
        if generate is None:
            return declared_value(props)
        options = {name: value if name == "ExcludeCharacters" else _plain(value) for name, value in generate.items()}
        template, key = options.pop("SecretStringTemplate", None), options.pop("GenerateStringKey", None)
        if (template is None) != (key is None):
            raise ValueError("SecretStringTemplate and GenerateStringKey must be given together")
        status, _headers, body = secretsmanager._get_random_password(options)
        answer = json.loads(body)
        if status >= 400:
            raise ValueError(f"AWS::SecretsManager::Secret: {answer.get('message')}")
        if template is None:
            return answer["RandomPassword"]
        return json.dumps({**json.loads(template), key: answer["RandomPassword"]})

    provisioners._sm_secret_string = secret_string


def add_secret_resource_policy():
    """AWS::SecretsManager::ResourcePolicy, through PutResourcePolicy and DeleteResourcePolicy.

    Drop when the type is in provisioners._RESOURCE_HANDLERS (not in 1.5.33).
    """
    from ministack.services import secretsmanager

    def put(props):
        policy = props["ResourcePolicy"]
        document = policy if isinstance(policy, str) else json.dumps(policy)
        secret = _answer(
            "AWS::SecretsManager::ResourcePolicy",
            secretsmanager._put_resource_policy({"SecretId": props["SecretId"], "ResourcePolicy": document}),
        )
        return secret["ARN"], {"Id": secret["ARN"]}

    _add_type(
        "AWS::SecretsManager::ResourcePolicy",
        create_only=("SecretId",),
        create=lambda logical_id, props, stack_name: put(props),
        update=lambda physical_id, old_props, new_props, stack_name: put(new_props),
        # The secret may be gone before its policy.
        delete=lambda physical_id, props: secretsmanager._delete_resource_policy({"SecretId": physical_id}),
    )


def add_rotation_schedule():
    """AWS::SecretsManager::RotationSchedule: the gateway drives rotation, so it is told, and starts the first one.

    It is told from a thread: a rotation calls back into the emulator, whose loop must be free by then.
    Drop when the type is in provisioners._RESOURCE_HANDLERS and its create calls RotateSecret on the wire
    (not in 1.5.33, where RotateSecret itself is a stub).
    """
    from ministack.core.responses import get_account_id, get_region
    from ministack.services import secretsmanager

    def tell(method, props, immediately=True):
        schedule = {
            "account": get_account_id(),
            "region": get_region(),
            "secretId": props["SecretId"],
        }
        if method == "POST":
            schedule["rotateImmediately"] = immediately
            if "RotationLambdaARN" in props:
                schedule["rotationLambdaArn"] = props["RotationLambdaARN"]
            if "RotationRules" in props:
                schedule["rotationRules"] = {
                    name: int(value) if name == "AutomaticallyAfterDays" else value
                    for name, value in props["RotationRules"].items()
                }
        threading.Thread(target=_tell_gateway, args=(method, "rotation-schedules", schedule), daemon=True).start()

    def put(props):
        if "HostedRotationLambda" in props:
            raise ValueError("AWS::SecretsManager::RotationSchedule: HostedRotationLambda is not emulated")
        _name, secret = secretsmanager._resolve(props["SecretId"])
        if secret is None:
            raise ValueError(f"AWS::SecretsManager::RotationSchedule: there is no secret {props['SecretId']}")
        immediately = _plain(props.get("RotateImmediatelyOnUpdate", True))
        tell("POST", {**props, "SecretId": secret["ARN"]}, immediately)
        return secret["ARN"], {"Id": secret["ARN"]}

    def delete(physical_id, props):
        _name, secret = secretsmanager._resolve(physical_id)
        if secret is not None:
            tell("DELETE", {"SecretId": physical_id})

    _add_type(
        "AWS::SecretsManager::RotationSchedule",
        create_only=("SecretId",),
        create=lambda logical_id, props, stack_name: put(props),
        update=lambda physical_id, old_props, new_props, stack_name: put(new_props),
        delete=delete,
    )


def add_trail():
    """AWS::CloudTrail::Trail, through the emulator's own CloudTrail operations; the gateway writes what it delivers.

    Drop when the type is in provisioners._RESOURCE_HANDLERS (not in 1.5.33).
    """
    from ministack.services import cloudtrail
    from ministack.services.cloudformation import provisioners

    resource_type = "AWS::CloudTrail::Trail"
    parameters = {
        "S3BucketName": "S3BucketName",
        "S3KeyPrefix": "S3KeyPrefix",
        "SnsTopicName": "SnsTopicName",
        "IncludeGlobalServiceEvents": "IncludeGlobalServiceEvents",
        "IsMultiRegionTrail": "IsMultiRegionTrail",
        "IsOrganizationTrail": "IsOrganizationTrail",
        "EnableLogFileValidation": "EnableLogFileValidation",
        "CloudWatchLogsLogGroupArn": "CloudWatchLogsLogGroupArn",
        "CloudWatchLogsRoleArn": "CloudWatchLogsRoleArn",
        "KMSKeyId": "KmsKeyId",
    }

    def configure(trail, props):
        for selectors in ("EventSelectors", "AdvancedEventSelectors"):
            if props.get(selectors):
                request = {"TrailName": trail["TrailARN"], selectors: props[selectors]}
                _answer(resource_type, cloudtrail._put_event_selectors(request))
        if props.get("Tags"):
            _answer(
                resource_type, cloudtrail._add_tags({"ResourceId": trail["TrailARN"], "TagsList": props["Tags"]})
            )
        switch = cloudtrail._start_logging if _plain(props["IsLogging"]) else cloudtrail._stop_logging
        _answer(resource_type, switch({"Name": trail["TrailARN"]}))
        return trail["Name"], {"Arn": trail["TrailARN"]}

    def input_of(name, props):
        return {
            "Name": name,
            **{parameter: _plain(props[prop]) for prop, parameter in parameters.items() if prop in props},
        }

    def create(logical_id, props, stack_name):
        name = props.get("TrailName") or provisioners._physical_name(stack_name, logical_id)
        return configure(_answer(resource_type, cloudtrail._create_trail(input_of(name, props))), props)

    def update(physical_id, old_props, new_props, stack_name):
        return configure(_answer(resource_type, cloudtrail._update_trail(input_of(physical_id, new_props))), new_props)

    _add_type(
        resource_type,
        create_only=("TrailName",),
        create=create,
        update=update,
        delete=lambda physical_id, props: cloudtrail._delete_trail({"Name": physical_id}),
    )


def add_workload_links():
    """AWS::EKS::PodIdentityAssociation and AWS::RolesAnywhere::Profile: known only to their stack.

    What they hand out is a session of a role, and these are the gateway's: assumeForService opens one.
    Drop when the types are in provisioners._RESOURCE_HANDLERS (not in 1.5.33).
    """
    from ministack.core.responses import get_account_id, get_region, new_uuid

    def arn(service, resource):
        return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{resource}"

    def associate(logical_id, props, stack_name):
        association = f"a-{new_uuid().replace('-', '')[:17]}"
        association_arn = arn("eks", f"podidentityassociation/{props['ClusterName']}/{association}")
        return association_arn, {"AssociationArn": association_arn, "AssociationId": association}

    def make_profile(logical_id, props, stack_name):
        profile = new_uuid()
        return profile, {"ProfileId": profile, "ProfileArn": arn("rolesanywhere", f"profile/{profile}")}

    for resource_type, create, create_only in (
        ("AWS::EKS::PodIdentityAssociation", associate, ("ClusterName", "Namespace", "ServiceAccount")),
        ("AWS::RolesAnywhere::Profile", make_profile, ()),
    ):
        _add_type(
            resource_type,
            create_only=create_only,
            create=create,
            update=lambda physical_id, old_props, new_props, stack_name: (physical_id, {}),
            delete=lambda physical_id, props: None,
        )


def add_metric_math_alarm():
    """AWS::CloudWatch::Alarm on an expression over several metrics: it is kept, and stays without data.

    The emulator refuses the property Metrics, and evaluates alarms on one metric only.
    Drop when provisioners._cw_metric_alarm_record takes Metrics (it refuses them in 1.5.33).
    """
    from ministack.services.cloudformation import provisioners

    record_of_one_metric = provisioners._cw_metric_alarm_record

    def record(name, props):
        metrics = props.get("Metrics")
        if not metrics:
            return record_of_one_metric(name, props)
        if props.get("MetricName"):
            raise ValueError("AWS::CloudWatch::Alarm takes MetricName or Metrics, not both")
        others = {key: value for key, value in props.items() if key != "Metrics"}
        # No metric has this name, so nothing sets off the alarm.
        return record_of_one_metric(name, {**others, "Namespace": "StrongroomLocal", "MetricName": "Expression"})

    provisioners._cw_metric_alarm_record = record


def _add_type(resource_type, *, create_only, create, update, delete):
    """Adds a resource type. If the emulator already has it, the start fails: remove the correction."""
    from ministack.services.cloudformation import provisioners

    if resource_type in provisioners._RESOURCE_HANDLERS:
        raise RuntimeError(f"MiniStack has {resource_type} already: remove the correction")

    def update_or_refuse(physical_id, old_props, new_props, stack_name):
        for name in create_only:
            if old_props.get(name) != new_props.get(name):
                raise ValueError(f"{resource_type}: a change of {name} needs a replacement, which is not emulated")
        return update(physical_id, old_props, new_props, stack_name)

    provisioners._RESOURCE_HANDLERS[resource_type] = {"create": create, "update": update_or_refuse, "delete": delete}


def _answer(resource_type, response):
    """The output of a service's operation; its error fails the resource, as in CloudFormation."""
    status, _headers, body = response
    output = json.loads(body) if body else {}
    if status >= 400:
        raise ValueError(f"{resource_type}: {output.get('message') or output.get('Message') or output}")
    return output


def _plain(value):
    """Template parameters make `"true"` of a flag and `"32"` of a number."""
    if value in ("true", "True"):
        return True
    if value in ("false", "False"):
        return False
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _tell_gateway(method, topic, message):
    request = urllib.request.Request(
        f"{os.environ['STRONGROOM_GATEWAY']}/_strongroom/{topic}",
        method=method,
        data=json.dumps(message).encode(),
        headers={
            "content-type": "application/json",
            "authorization": EMULATOR_TOKEN,
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=30):
            pass
    except (urllib.error.URLError, OSError) as error:
        logger.error("the gateway did not take %s %s: %s", method, topic, error)


if __name__ == "__main__":
    main()
