# airbyte.jq: an Airbyte tenant in Baton's terms.  Input is one line of a raw stream (ab-raw(5)): the begin line or a
# line of data; output is any number of baton records (baton-records(5)) and log messages.  Members are written in the
# order of canonical protojson, and the keys of a profile sorted, so that the same object always gives the same bytes.
#
# Ids, names and descriptions are a contract with those who read the result (reference/baton-model.md sections 3 to 6).
# workspace_user lines are nearly all of a large tenant: their branch at the end is written for speed.

def user_type: {"id":"user","displayName":"User","traits":["TRAIT_USER"]};

def resource_types:
  {"@type":"type.googleapis.com/c1.connector.v2.ResourceType"} +
    (user_type, {"id":"organization","displayName":"Organization"}, {"id":"workspace","displayName":"Workspace"});

def organization_roles:
  "organization_admin", "organization_editor", "organization_runner", "organization_reader", "organization_member";

def workspace_roles:
  "workspace_admin", "workspace_editor", "workspace_runner", "workspace_reader", "workspace_source_editor",
  "workspace_destination_editor";

# The workspace role that an organization role carries into each workspace (reference/airbyte-api.md section 4.3).
def carried_roles:
  ["workspace_admin","organization_admin"], ["workspace_editor","organization_editor"],
  ["workspace_runner","organization_runner"], ["workspace_reader","organization_reader"];

# What a role is called here: itself, workspace_owner being an old word for workspace_admin.
def known_role($type):
  if $type == "workspace" then
    {"workspace_admin":"workspace_admin","workspace_owner":"workspace_admin","workspace_editor":"workspace_editor",
     "workspace_source_editor":"workspace_source_editor","workspace_destination_editor":"workspace_destination_editor",
     "workspace_runner":"workspace_runner","workspace_reader":"workspace_reader"}[.]
  else
    {"organization_admin":"organization_admin","organization_editor":"organization_editor",
     "organization_runner":"organization_runner","organization_reader":"organization_reader",
     "organization_member":"organization_member"}[.]
  end;

# The input, an id or a role called $what, if it is text of 1 to 256 bytes.  Then no id made of two ids and a role
# reaches the limit of 1024 bytes.
def token($what):
  if type != "string" then error("\($what) is missing or not a string")
  elif . == "" then error("\($what) is empty")
  elif utf8bytelength > 256 then error("\($what) is longer than 256 bytes")
  else . end;

# The input, an attribute called $what, if it is text or not there (null, like "", means that).
def text($what):
  if . == null then "" elif type == "string" then . else error("\($what) is not a string") end;

# The longest beginning of the input that has at most $max bytes. A character has at most 4.
def cut($max):
  if utf8bytelength <= $max then .
  else .[:$max] | until(utf8bytelength <= $max; .[:length - ((utf8bytelength - $max + 3) / 4 | floor)]) end;

# The display name of what is called the input: at most 1024 bytes, never empty.
def name($id): if . == "" then $id else cut(1024) end;

# The members of the input, an object, that say something.
def given: with_entries(select(.value | . != null and . != "" and . != [] and . != {}));

def reference($type; $id): {"id":{"resourceType":$type,"resource":$id}};

def resource($type; $id; $name; $annotations; $parent; $profile):
  {"@type":"type.googleapis.com/c1.connector.v2.Resource"} + reference($type; $id)
  + (if $parent == null then {} else {"parentResourceId":{"resourceType":"organization","resource":$parent}} end)
  + {"displayName":$name}
  + (if $annotations == [] then {} else {"annotations":$annotations} end)
  + (if $profile == {} then {} else {"profile":$profile} end);

# The entitlement $role on a resource, displayed as $title; $description "" for none.
def entitlement($type; $id; $role; $title; $description):
  {"@type":"type.googleapis.com/c1.connector.v2.Entitlement","resource":reference($type; $id),
   "id":"\($type):\($id):\($role)","displayName":$title}
  + (if $description == "" then {} else {"description":$description} end)
  + {"grantableTo":[user_type],"purpose":"PURPOSE_VALUE_PERMISSION","slug":$role};

# One entitlement for each of the $roles.  A name that is too long gives way, so that the role stays readable.
def entitlements($type; $id; $name; roles):
  roles as $role
  | entitlement($type; $id; $role; ($name | cut(1023 - ($role | utf8bytelength))) + " " + $role;
      "\($role) role in \($name) Airbyte \($type)");

def grant($type; $id; $role; $principal_type; $principal; $annotations):
  "\($type):\($id):\($role)" as $entitlement
  | {"@type":"type.googleapis.com/c1.connector.v2.Grant",
     "entitlement":{"resource":reference($type; $id),"id":$entitlement},
     "principal":reference($principal_type; $principal),
     "id":"\($entitlement):\($principal_type):\($principal)"}
  + (if $annotations == [] then {} else {"annotations":$annotations} end);

# The role that the input, a permissionType, gives a user. One that is not in the lists is passed on under its own name.
def user_role($type; $id; $user):
  ($id | token($type + "Id")) as $id
  | ($user | token("userId")) as $user
  | (token("permissionType") | ascii_downcase) as $role
  | ($role | known_role($type)) as $known
  | if $known then grant($type; $id; $known; "user"; $user; [])
    else
      {"stream":"log","level":"warn","msg":"unknown role '\($role)' on \($type)s: passed on under that name"},
      entitlement($type; $id; $role; $role; ""),
      grant($type; $id; $role; "user"; $user; [])
    end;

def organization:
  .data
  | (.organizationId | token("organizationId")) as $id
  | (.organizationName | text("organizationName") | name($id)) as $name
  | resource("organization"; $id; $name;
      [{"@type":"type.googleapis.com/c1.connector.v2.ChildResourceType","resourceTypeId":"workspace"}]; null;
      {"email":.email,"sso_realm":.ssoRealm} | given),
    entitlements("organization"; $id; $name; organization_roles);

# An organization role carries the matching workspace role: one grant to the organization, which expansion turns into
# one inherited grant for each user who holds that organization role.
def carried($id; $organization):
  carried_roles as [$role, $source]
  | grant("workspace"; $id; $role; "organization"; $organization;
      [{"@type":"type.googleapis.com/c1.connector.v2.GrantExpandable",
        "entitlementIds":["organization:\($organization):\($source)"],"resourceTypeIds":["user"]}]);

def workspace:
  (.organizationId | if . == null then . else token("organizationId") end) as $organization
  | .data
  | (.workspaceId | token("workspaceId")) as $id
  | (.name | text("name") | name($id)) as $name
  | resource("workspace"; $id; $name; []; $organization;
      {"customer_id":.customerId,"data_residency":.dataResidency,"dataplane_group_id":.dataplaneGroupId,
       "default_geography":.defaultGeography,"email":.email,"initial_setup_complete":.initialSetupComplete,
       "slug":.slug} | given),
    entitlements("workspace"; $id; $name; workspace_roles),
    if $organization == null then empty else carried($id; $organization) end;

# Airbyte rarely tells a status; who is in a list without one can sign in. An invited user holds his roles already.
def user_status:
  if . == "disabled" then {"status":"STATUS_DISABLED"}
  elif . == "invited" then {"status":"STATUS_ENABLED","details":"invited"}
  else {"status":"STATUS_ENABLED"} end;

def user:
  {"organization_ids":.organizationIds,"workspace_ids":.workspaceIds} as $ids
  | .data
  | (.userId | token("userId")) as $id
  | (.email | text("email")) as $email
  | (.name | text("name")) as $name
  | (.status | text("status")) as $status
  | ($status | user_status) as $user_status
  | {"company_name":.companyName,"default_workspace_id":.defaultWorkspaceId,"email":$email,"name":$name,
     "organization_ids":$ids.organization_ids,"status":$status,"user_id":$id,"workspace_ids":$ids.workspace_ids}
  | given as $profile
  | (if $status | . == "" or . == "registered" or . == "invited" or . == "disabled" then empty
     else {"stream":"log","level":"warn","msg":"unknown user status '\($status)': counts as enabled"} end),
    resource("user"; $id; (if $email != "" then $email else $name end | name($id));
      [{"@type":"type.googleapis.com/c1.connector.v2.UserTrait"}
       + (if $email == "" then {} else {"emails":[{"address":$email,"isPrimary":true}]} end)
       + {"status":$user_status,"profile":$profile,"accountType":"ACCOUNT_TYPE_HUMAN"}]; null; {});

# A user's own role in a workspace.  A known role and ids of 36 characters, as UUIDs have, take the short way; it writes
# what user_role writes.  Roles in the organization come from organization_user lines.
if .resource == "workspace_user" then
  .workspaceId as $id
  | .data
  | .userId as $user
  | .workspacePermission
  | .permissionType as $role
  | if $role then
      {"workspace_admin":":workspace_admin","workspace_editor":":workspace_editor",
       "workspace_source_editor":":workspace_source_editor","workspace_runner":":workspace_runner",
       "workspace_destination_editor":":workspace_destination_editor","workspace_reader":":workspace_reader"}[$role]
      | if . and ($id | length) == 36 and ($user | length) == 36 then
          ("workspace:" + $id + .) as $entitlement
          | {"@type":"type.googleapis.com/c1.connector.v2.Grant",
             "entitlement":{"resource":{"id":{"resourceType":"workspace","resource":$id}},"id":$entitlement},
             "principal":{"id":{"resourceType":"user","resource":$user}},
             "id":($entitlement + ":user:" + $user)}
        else $role | user_role("workspace"; $id; $user) end
    elif . == null then $user | token("userId") | empty
    else $role | token("permissionType") end
elif .resource == "user" then user
elif .resource == "organization_user" then
  .organizationId as $id | .data | .userId as $user | .permissionType | user_role("organization"; $id; $user)
elif .resource == "workspace" then workspace
elif .resource == "organization" then organization
elif .stream == "begin" then resource_types
else error("no mapping for the resource \(.resource | tojson)") end
