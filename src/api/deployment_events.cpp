#include <api/deployment_events.hpp>
#include <api/views.hpp>
#include <schema/write.hpp>

#include <boost/describe/class.hpp>

namespace itsup::api {

namespace {

struct StateData {
    base::Timestamp time;
    std::string state;
};
BOOST_DESCRIBE_STRUCT(StateData, (), (time, state))

struct OutputData {
    base::Timestamp time;
    std::int64_t step = 0;
    std::string service;
    std::string line;
};
BOOST_DESCRIBE_STRUCT(OutputData, (), (time, step, service, line))

}  // namespace

std::string deployment_event_data(const model::DeploymentEvent& event,
                                  const model::Deployment& deployment) {
    switch (event.kind) {
        case model::DeploymentEventKind::state:
            return schema::to_json(StateData{event.time, std::string(to_string(event.state))});
        case model::DeploymentEventKind::step:
            return event.step ? schema::to_json(to_view(*event.step)) : "{}";
        case model::DeploymentEventKind::output:
            return schema::to_json(
                OutputData{event.time, event.step_seq, event.service, event.line});
        case model::DeploymentEventKind::end:
            return schema::to_json(to_view(deployment));
    }
    return "{}";
}

}  // namespace itsup::api
