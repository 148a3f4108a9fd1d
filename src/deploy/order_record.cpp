#include <deploy/journal.hpp>
#include <deploy/order_record.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace itsup::deploy {

namespace {

constexpr std::string_view asked_for = "asked for";
constexpr std::string_view cancel = "cancel";

void add_step(DeploymentJournal& journal, std::string_view name, std::string service,
              base::Timestamp now) {
    model::DeploymentStep step;
    step.seq = static_cast<std::int64_t>(journal.deployment().steps.size()) + 1;
    step.name = name;
    step.service = std::move(service);
    step.state = model::StepState::succeeded;
    step.started_at = now;
    step.finished_at = now;
    journal.put_step(std::move(step));
}

}  // namespace

void write_order(DeploymentJournal& journal, const std::vector<model::ServiceName>& services,
                 base::Timestamp now) {
    for (const auto& service : services) {
        add_step(journal, asked_for, service.str(), now);
    }
}

std::vector<model::ServiceName> read_order(const model::Deployment& deployment) {
    std::vector<model::ServiceName> out;
    for (const auto& step : deployment.steps) {
        if (step.name != asked_for) {
            continue;
        }
        if (auto name = model::ServiceName::parse(step.service)) {
            out.push_back(*std::move(name));
        }
    }
    return out;
}

void write_cancel(DeploymentJournal& journal, base::Timestamp now) {
    add_step(journal, cancel, "", now);
}

bool was_cancelled(const model::Deployment& deployment) {
    return std::ranges::find(deployment.steps, cancel, &model::DeploymentStep::name) !=
           deployment.steps.end();
}

}  // namespace itsup::deploy
