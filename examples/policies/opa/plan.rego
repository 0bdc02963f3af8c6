# Rules over `hookwright plan --format json`, for conftest: `hookwright plan --format json | conftest test -`.
package main

import rego.v1

# More than five webhooks are deleted.
deny contains message if {
	some environment in input.environments
	deletes := [operation | some operation in environment.operations; operation.action == "delete"]
	count(deletes) > 5
	message := sprintf("%s: %d webhooks would be deleted", [environment.environment.name, count(deletes)])
}

# A URL changes its host.
deny contains message if {
	some environment in input.environments
	some operation in environment.operations
	some change in operation.changes
	change.field == "url"
	change.before != null
	change.after != null
	host(change.before) != host(change.after)
	message := sprintf("%s: %s moves to another host", [environment.environment.name, operation.name])
}

host(url) := split(split(url, "://")[1], "/")[0]
