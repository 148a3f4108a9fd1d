#include <deploy/journal.hpp>
#include <deploy/order_record.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace itsup::deploy {

namespace {

constexpr std::string_view asked_for = "asked for";
constexpr std::string_view replace_all = "asked to replace all";
constexpr std::string_view cancel = "cancel";

/// Empty for what is not written down.
constexpr std::string_view words_of(PullPolicy pull) {
    switch (pull) {
        case PullPolicy::always:
            return "";
        case PullPolicy::missing:
            return "asked to pull what is missing only";
        case PullPolicy::never:
            return "asked not to pull";
    }
    return "";
}

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

void write_order(DeploymentJournal& journal, const OrderTerms& terms, base::Timestamp now) {
    for (const auto& service : terms.services) {
        add_step(journal, asked_for, service.str(), now);
    }
    if (terms.force) {
        add_step(journal, replace_all, "", now);
    }
    if (const auto words = words_of(terms.pull); !words.empty()) {
        add_step(journal, words, "", now);
    }
}

OrderTerms read_order(const model::Deployment& deployment) {
    OrderTerms out;
    for (const auto& step : deployment.steps) {
        out.force = out.force || step.name == replace_all;
        for (const auto pull : {PullPolicy::missing, PullPolicy::never}) {
            out.pull = step.name == words_of(pull) ? pull : out.pull;
        }
        auto name = model::ServiceName::parse(step.service);
        if (step.name == asked_for && name) {
            out.services.push_back(*std::move(name));
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
