"""GitLab as far as self-hosted models go: GraphQL on the real schema, a little REST, a memory, and faults on demand.

from tests.fakes.gitlab.faults import Kind
from tests.fakes.gitlab.server import GitLabServer

with GitLabServer("19") as gitlab:                       # or "18.9"
    model = gitlab.state.add_model("GPU pool", family="mistral", identifier="custom_openai/m", endpoint="http://g/v1")
    gitlab.faults.add(Kind.RATE_LIMITED, "aiFeatureSettings", nth=2, retry_after="3")
    gitlab.state.assign("code_completions", "self_hosted", model)
    ...                                                  # let the code under test talk to gitlab.url, gitlab.token
    assert gitlab.state.mutations == [("aiSelfHostedModelUpdate", {...})]

server.GitLabServer(shape="19", *, port=0, prefix="", token=TOKEN, page_size=100, state=None, certificate=None)
    page_size is the size of pages and the most that `first` gets; an earlier server's state makes it a restart
    url             what a person would type, with the prefix and without a slash at its end
    token           the only one that is accepted; as `Authorization: Bearer` or as `PRIVATE-TOKEN`
    state           the memory, state.State
    faults          the script, faults.Script; each fault wins over the healthy answer
    before, after   called as (operation, number of the request from 1). `before` when nothing has been done,
                    `after` when it was done and the answer is not sent; an exception there closes the connection
    start(), stop() also without the context manager

An operation is the first root field ("aiSelfHostedModelCreate", for introspection "__schema" or "__type") or, over
REST, the path behind /api/v4 ("/user"). Faults match it or the operation's own name in the document.

state.State
    models {number: Model}, settings {feature key: Setting}, duo {field: value}, health [probe results], audit [events]
    features {key: catalogue.Feature}, to be replaced where a feature should accept other families or be in beta
    beta=True           the switch for beta: off, lists show GA families and GA features alone
    refuses_beta=False  also refuse to save models of beta families while it is off
    refuses_used=True   deletion of a model in use is refused. GitLab 18.9 itself does NOT refuse it over GraphQL: its
                        database lets the settings go with the model, so that they are unassigned. False shows that.
    loud=False          who may not read gets null in silence, as in GitLab 18.9; True: a top-level error besides
    premium=False, licensed=True, account (Account), scopes, token_active, token_revoked, token_expires
    check_answer        CONNECTED, a result such as failed("..."), or a callable of the check's input that gives one
    switched_off        a set of REST paths that answer 404, such as "/license"
    version, licence    what REST tells
    add_model(name, *, family, provider, endpoint, identifier, token, author="") -> Model
    assign(feature, provider, model=None, *, author="") ; rename(model, name, *, author) ; change(model, *, author,
    **values) ; remove(model, *, author): what somebody does in GitLab meanwhile; audited when there is an author
    model(name) -> Model ; find(gid) -> Model | None
    mutations           (root field, its input as sent) of every mutation that reached its resolver, refused or not
    requests            every Request: number, method, path, operation, name, query, variables, headers in lower case
    asked(operation)    those of one operation
    token_reads         gids of the models whose apiToken somebody asked for
    refused_queries     messages of what did not validate against the shape's schema
    violations          tokens in addresses or bodies

faults.Script.add(kind, operation="", nth=1, times=1, *, seconds, retry_after, to, status, body, headers)
    `nth` counts the requests that match, beginning with 1 when it is added; `times` how many from there, None for all.
    kinds: see faults.Kind.

What GitLab does and a client may not expect (from the source of 18.9):
- Who is no administrator, and who has no licence, reads null for the lists, without an error; mutations have one.
  So it is without any token: GraphQL also answers anonymous people. A wrong token gets 401.
- `read_api` reads; a mutation with it is refused as if the user had no right. With less than that, GraphQL calls the
  token invalid (401), while REST says insufficient_scope (403) and tells the scopes at /personal_access_tokens/self.
- All complaints about a model come joined in one string of `errors`. Addresses are stored without spaces around them.
- An update of a model that is gone, reading by an unknown id, and texts too long for the database are status 500.
- A name is taken by models that the list hides while beta is off.
- A disabled feature may keep its model, which is then still in use.
- The newest models come first; the features of the Agent Platform come first.

schema.schema(shape) -> GraphQLSchema: the plain schema of a shape, to validate queries against.

By hand: python -m tests.fakes.gitlab --port 8060 --shape 19
"""
