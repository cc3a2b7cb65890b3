# airbyte.jq: an Airbyte tenant in Baton's terms.  Input is one line of a raw stream (ab-raw(5)): the begin line or a
# line of data; output is any number of baton records (baton-records(5)) and log messages.  Members are written in the
# order of canonical protojson, and the keys of a profile sorted, so that the same object always gives the same bytes.
#
# Ids, names and descriptions are a contract with those who read the result (reference/baton-model.md sections 3 to 6).
# workspace_user lines are nearly all of a large tenant: their branch at the end is written for speed.  Compiling a
# filter takes as long as it has steps, and a table is one step: so what can stand in a table does.  An argument is
# a filter, run on what is the input where the function names it; with a $ it would be a value, and six steps more.
#
# Who holds a role by way of something else is not worked out here, since a line knows nothing of the others.  The role
# is granted to that something, the organization, the group or the instance, with a word on whose role it then is
# (passed_on); c1z-pack makes the grants to users.

def resource_types: [
  {"id":"user","displayName":"User","traits":["TRAIT_USER"]},
  {"id":"group","displayName":"Group","traits":["TRAIT_GROUP"]},
  {"id":"organization","displayName":"Organization"},
  {"id":"workspace","displayName":"Workspace"},
  {"id":"instance","displayName":"Instance"}];

# What has entitlements, by type.  In a line's data ${id} and ${name} are the members to be called by, and ${profile} says
# which member each key of the profile is.  ${roles} are the entitlements, each with what its description adds, and
# ${former} old words for them; role, ${says[0]}, name and ${says[1]} are the description, and ${entitlement} is what is
# the same in all.  ${carried} says which of them goes to whoever holds which role on the ${from} above it
# (reference/airbyte-api.md section 4.3), whose id is the member ${above} beside the data.
def kinds: {
  "organization":{
    "id":"organizationId","name":"organizationName",
    "profile":{"email":"email","is_agentic":"isAgentic","sso_realm":"ssoRealm"},
    "annotations":[{"@type":"type.googleapis.com/c1.connector.v2.ChildResourceType","resourceTypeId":"workspace"}],
    "roles":{"organization_admin":"","organization_editor":"","organization_runner":"","organization_reader":"",
      "organization_member":""},
    "says":[" role in "," Airbyte organization"],"entitlement":{"grantableTo":[
      {"id":"user","displayName":"User","traits":["TRAIT_USER"]},
      {"id":"group","displayName":"Group","traits":["TRAIT_GROUP"]}],"purpose":"PURPOSE_VALUE_PERMISSION"},
    "from":"instance","above":"instanceId","carried":{"organization_admin":"instance_admin"}},
  "workspace":{
    "id":"workspaceId","name":"name",
    "profile":{"customer_id":"customerId","data_residency":"dataResidency","dataplane_group_id":"dataplaneGroupId",
      "default_geography":"defaultGeography","email":"email","initial_setup_complete":"initialSetupComplete",
      "slug":"slug"},
    "roles":{"workspace_admin":"","workspace_editor":"","workspace_runner":"","workspace_reader":"",
      "workspace_source_editor":"","workspace_destination_editor":""},
    "former":{"workspace_owner":"workspace_admin"},
    "says":[" role in "," Airbyte workspace"],"entitlement":{"grantableTo":[
      {"id":"user","displayName":"User","traits":["TRAIT_USER"]},
      {"id":"group","displayName":"Group","traits":["TRAIT_GROUP"]}],"purpose":"PURPOSE_VALUE_PERMISSION"},
    "parent":"organization","from":"organization","above":"organizationId","carried":{"workspace_admin":"organization_admin",
      "workspace_editor":"organization_editor","workspace_runner":"organization_runner",
      "workspace_reader":"organization_reader"}},
  "group":{
    "id":"groupId","name":"name","trait":"type.googleapis.com/c1.connector.v2.GroupTrait",
    "profile":{"description":"description","group_id":"groupId","member_count":"memberCount","name":"name",
      "organization_id":"organizationId"},
    "roles":{"member":"","inactive_member":", to no effect: without a role of the user's own in the organization"},
    "says":[" of "," Airbyte group"],"entitlement":{"grantableTo":[
      {"id":"user","displayName":"User","traits":["TRAIT_USER"]}],"purpose":"PURPOSE_VALUE_ASSIGNMENT"},
    "parent":"organization","from":"organization","above":"organizationId","carried":{}},
  "instance":{
    "id":"instanceId","name":"edition",
    "names":{"community":"Airbyte Community","pro":"Airbyte Enterprise","enterprise":"Airbyte Enterprise",
      "trial":"Airbyte Trial","":"Airbyte"},
    "profile":{"edition":"edition","license_status":"licenseStatus","version":"version"},
    "roles":{"instance_admin":""},
    "says":[" role in "," instance"],"entitlement":{"grantableTo":[
      {"id":"user","displayName":"User","traits":["TRAIT_USER"]}],"purpose":"PURPOSE_VALUE_PERMISSION"},
    "above":"","carried":{}}};

# The input, an id or a role called ${what}, if it is text of 1 to 256 bytes.  Then no id made of two ids and a role
# reaches the limit of 1024 bytes.
def token(what):
  if type != "string" then error(what + " is missing or not a string")
  elif . == "" then error(what + " is empty")
  elif utf8bytelength > 256 then error(what + " is longer than 256 bytes")
  else . end;

# The input, an attribute, if it is text; else "", which like null means that it is not there.
def text: if type == "string" then . else "" end;

# By resource: each member of a line's data that is taken for text, as what is logged where it is something else.
def texts: {
  "user":[
    {"stream":"log","level":"warn","msg":"email of a user: not a string, counts as absent","member":"email"},
    {"stream":"log","level":"warn","msg":"name of a user: not a string, counts as absent","member":"name"},
    {"stream":"log","level":"warn","msg":"status of a user: not a string, counts as absent","member":"status"}],
  "invitation":[
    {"stream":"log","level":"warn","msg":"invitedEmail of an invitation: not a string, counts as absent",
     "member":"invitedEmail"},
    {"stream":"log","level":"warn","msg":"status of an invitation: not a string, counts as absent","member":"status"}],
  "group":[
    {"stream":"log","level":"warn","msg":"name of a group: not a string, counts as absent","member":"name"},
    {"stream":"log","level":"warn","msg":"description of a group: not a string, counts as absent",
     "member":"description"}],
  "organization":[
    {"stream":"log","level":"warn","msg":"organizationName of an organization: not a string, counts as absent",
     "member":"organizationName"}],
  "workspace":[
    {"stream":"log","level":"warn","msg":"name of a workspace: not a string, counts as absent","member":"name"}],
  "instance":[
    {"stream":"log","level":"warn","msg":"edition of the instance: not a string, counts as absent",
     "member":"edition"}]};

# The longest beginning of the input that has at most ${max} bytes. A character has at most 4.
def cut(max):
  .[:max]
  | if utf8bytelength <= max then . else .[:length - ((utf8bytelength - max + 3) / 4 | floor)] | cut(max) end;

# The display name of what is called the input: at most 1024 bytes, never empty.
def name(id): if . == "" then id else cut(1024) end;

# Whether the input says nothing: null, or the empty one of its type.
def none: . == {"string":"","array":[],"object":{}}[type];

# The members of the input, an object, that say something.
def given: del(.[] | select(none));

# The profile that the input, a line's data, gives by the table ${keys}: what says something.
def profile(keys):
  . as $data
  | reduce (keys | keys_unsorted[]) as $key ({};
      $data[keys[$key]] as $value | if $value | none then . else setpath([$key]; $value) end);

def reference(kind; id): {"id":{"resourceType":kind,"resource":id}};

# The resource that the input, a line, is about.  Of an odd text only the warning says more than of one that is not
# there: what it was to name is shown all the same.
def resource(kind; id; members):
  (.data as $data
    | texts[.resource][]
    | if {"string":true,"null":true}[$data[.member] | type] then empty else . + {(kind):id} end),
  {"@type":"type.googleapis.com/c1.connector.v2.Resource"} + reference(kind; id) + members;

def entitlement_id(kind; id; role): kind + ":" + id + ":" + role;

# The entitlement ${role} on a resource, displayed as ${title}; ${description} "" for none.
def entitlement(kind; id; role; title; description):
  {"@type":"type.googleapis.com/c1.connector.v2.Entitlement","resource":reference(kind; id),
   "id":entitlement_id(kind; id; role),"displayName":title}
  + ({"description":description} | given) + kinds[kind].entitlement + {"slug":role};

def grant(kind; id; role; principal_type; principal):
  entitlement_id(kind; id; role) as $entitlement
  | {"@type":"type.googleapis.com/c1.connector.v2.Grant",
     "entitlement":{"resource":reference(kind; id),"id":$entitlement},
     "principal":reference(principal_type; principal),
     "id":($entitlement + ":" + principal_type + ":" + principal)};

# A grant to something that has entitlements of its own: it is for the users who hold ${held} there.
def passed_on(kind; id; role; principal_type; principal; held):
  grant(kind; id; role; principal_type; principal)
  + {"annotations":[{"@type":"type.googleapis.com/c1.connector.v2.GrantExpandable",
      "entitlementIds":[entitlement_id(principal_type; principal; held)],"resourceTypeIds":["user"]}]};

# The input, a line whose resource is among the kinds: the thing, its entitlements, and what it has from above.
# A display name that is too long gives way, so that the role behind it stays readable.
def thing:
  .resource as $type
  | kinds[$type] as $kind
  | (.data[$kind.id] // .[$kind.id] | token($kind.id)) as $id
  | (.data[$kind.name] | text | $kind.names[.] // . | name($id)) as $name
  | (.[$kind.above] | if . == null then . else token($kind.above) end) as $above
  | (.data | profile($kind.profile)) as $profile
  | resource($type; $id;
      (if $kind.parent and $above then {"parentResourceId":{"resourceType":$kind.parent,"resource":$above}} else {} end)
      + {"displayName":$name}
      + if $kind.trait then
          {"annotations":[{"@type":$kind.trait} + ({"profile":$profile} | given)],
           "description":(.data.description | text | cut(2048))}
        else {"annotations":$kind.annotations,"profile":$profile} end
      | given),
    ($kind.roles | keys_unsorted[] as $role
      | entitlement($type; $id; $role; ($name | cut(1023 - ($role | utf8bytelength))) + " " + $role;
          $role + $kind.says[0] + $name + $kind.says[1] + .[$role])),
    if $above then
      $kind.carried | keys_unsorted[] as $role | passed_on($type; $id; $role; $kind.from; $above; .[$role])
    else empty end;

# What the input, a permissionType, is called among the roles of ${table}, or in lower case if it is not among them.
# (ascii_downcase takes as long as all else that is done for a line.)
def role_name(table):
  if table.roles[.] then . else ascii_downcase | table.former[.] // . end;

# What the input, a permissionType, gives: ${give}, run on the role.  One that is not in the table is passed on under
# its own name.
def granted(kind; id; give):
  kinds[kind] as $kind
  | (token("permissionType") | role_name($kind)) as $role
  | (if $kind.roles[$role] then empty
     else
       {"stream":"log","level":"warn",
        "msg":("unknown role '" + $role + "' on " + kind + "s: passed on under that name"),"role":$role,(kind):id},
       entitlement(kind; id; $role; $role; "")
     end),
    ($role | give);

# A user's own role, by its permissionType.
def user_role(kind; id; user; role):
  (id | token(kind + "Id")) as $id
  | (user | token("userId")) as $user
  | role
  | granted(kind; $id; grant(kind; $id; .; "user"; $user));

# Whether a membership counts may be unknown: then it does, so that no access is missed.
def group_member:
  (.groupId | token("groupId")) as $id
  | (.data.userId | token("userId")) as $user
  | grant("group"; $id; if .active == false then "inactive_member" else "member" end; "user"; $user);

# A group's role, for those of its members who count.  No group holds one on the instance (reference/airbyte-api.md
# section 3.13).
def group_permission:
  (.groupId | token("groupId")) as $group
  | .data
  | (if .workspaceId == null then "organization" else "workspace" end) as $type
  | (.[$type + "Id"]
      | token("organizationId or workspaceId, of which Airbyte's API gives one with every right of a group,")) as $id
  | .permissionType
  | granted($type; $id; passed_on($type; $id; .; "group"; $group; "member"));

# People, by the resource of their line.  In a line's data ${id}, ${email} and ${name} are the members to be called by,
# and ${profile} says which member each key of the profile is.  ${statuses} says what each status, in lower case, means to
# Baton: {} that there is nobody (any more), "" what no status does; one that is not there counts as none, with a warning,
# the status between the two texts of ${unknown}.  ${login}: they sign in by their address.  ${accounts} are those of no
# human.
#
# Airbyte rarely tells a status: who is in a list without one can sign in, and an invited user holds his roles already.
# One that is not known may let in: it is safer to show somebody who is gone than not to see somebody who is there.
# An invitation that nobody has taken up is shown, and is no access: a disabled user without grants.  The user of zeros
# is Airbyte's own, in its community edition: nobody in person.
def people: {
  "user":{
    "id":"userId","email":"email","name":"name","login":true,
    "profile":{"company_name":"companyName","default_workspace_id":"defaultWorkspaceId","email":"email","name":"name",
      "organization_ids":"organizationIds","status":"status","user_id":"userId","workspace_ids":"workspaceIds"},
    "statuses":{"":{"status":"STATUS_ENABLED"},"registered":{"status":"STATUS_ENABLED"},
      "invited":{"status":"STATUS_ENABLED","details":"invited"},"disabled":{"status":"STATUS_DISABLED"}},
    "unknown":["unknown user status '","': counts as enabled"],
    "accounts":{"00000000-0000-0000-0000-000000000000":"ACCOUNT_TYPE_SERVICE"}},
  "invitation":{
    "id":"id","email":"invitedEmail","name":"invitedEmail",
    "profile":{"email":"invitedEmail","invitation_id":"id","invited_at":"createdAt","invited_by":"inviterUserId",
      "permission_type":"permissionType","scope_id":"scopeId","scope_type":"scopeType","status":"status"},
    "statuses":{"":{"status":"STATUS_DISABLED","details":"invitation pending"},
      "pending":{"status":"STATUS_DISABLED","details":"invitation pending"},"accepted":{},"cancelled":{},"declined":{}},
    "unknown":["unknown status '","' of an invitation: counts as pending"],
    "accounts":{}}};

# The input, a line whose resource is among the people.
def person:
  .resource as $type
  | people[$type] as $kind
  | (.data[$kind.id] | token($kind.id)) as $id
  | (.data[$kind.email] | text) as $email
  | (.data[$kind.name] | text) as $name
  | (.data.status | text | if $kind.statuses[.] then . else ascii_downcase end) as $status
  | $kind.statuses[$status] as $known
  | if $known == {} then empty
    else
      (if $known then empty
       else {"stream":"log","level":"warn","msg":($kind.unknown[0] + $status + $kind.unknown[1]),($type):$id} end),
      resource("user"; $id; {"displayName":($email | name($name) | name($id)),"annotations":[
        {"@type":"type.googleapis.com/c1.connector.v2.UserTrait"}
        + (if $email == "" then {} else {"emails":[{"address":$email,"isPrimary":true}]} end)
        + {"status":($known // $kind.statuses[""]),
           "profile":(.data + {organizationIds,workspaceIds} | profile($kind.profile)),
           "accountType":($kind.accounts[$id] // "ACCOUNT_TYPE_HUMAN")}
        + (if $kind.login then {"login":$email} | given else {} end)]})
    end;

# A user's own role in a workspace.  A known role and two ids as long as UUIDs take the short way; it writes what
# user_role writes.  Roles in the organization come from organization_user lines.
if .resource == "workspace_user" then
  .workspaceId as $id
  | .data
  | .userId as $user
  | .workspacePermission
  | .permissionType as $role
  | if $role then
      {"workspace_admin":":workspace_admin","workspace_editor":":workspace_editor",
       "workspace_source_editor":":workspace_source_editor","workspace_runner":":workspace_runner",
       "workspace_destination_editor":":workspace_destination_editor","workspace_reader":":workspace_reader",
       "workspace_owner":":workspace_admin"}[$role]
      | if . and ($id | length) == 36 and ($user | length) == 36 then
          ("workspace:" + $id + .) as $entitlement
          | {"@type":"type.googleapis.com/c1.connector.v2.Grant",
             "entitlement":{"resource":{"id":{"resourceType":"workspace","resource":$id}},"id":$entitlement},
             "principal":{"id":{"resourceType":"user","resource":$user}},
             "id":($entitlement + ":user:" + $user)}
        else user_role("workspace"; $id; $user; $role) end
    elif . then $role | token("permissionType")
    elif ($user | length) == 36 then empty
    else $user | token("userId") | empty end
elif .resource == "organization_user" then
  user_role("organization"; .organizationId; .data.userId; .data.permissionType)
elif people[.resource | tostring] then person
elif .stream == "begin" then {"@type":"type.googleapis.com/c1.connector.v2.ResourceType"} + resource_types[]
elif kinds[.resource | tostring] then thing
elif .resource == "group_member" then group_member
elif .resource == "group_permission" then group_permission
elif .resource == "instance_admin" then
  user_role("instance"; .instanceId; .data.userId; .data.permissionType // "instance_admin")
elif .resource == "audit_event" then empty
else error("no mapping for the resource " + (.resource | tojson)) end
