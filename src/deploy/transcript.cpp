#include <deploy/transcript.hpp>
#include <docker/utf8.hpp>

#include <algorithm>
#include <utility>

namespace itsup::deploy {

namespace {

constexpr std::string_view left_out = "(more output is left out)";

std::string service_of(const model::Deployment& deployment, std::int64_t step) {
    const auto& steps = deployment.steps;
    const auto found = std::ranges::find(steps, step, &model::DeploymentStep::seq);
    return found == steps.end() ? "" : found->service;
}

}  // namespace

Transcript::Transcript(DeploymentJournal& journal, const base::Clock& clock, Masker mask)
    : journal_(journal), clock_(clock), mask_(std::move(mask)) {}

std::int64_t Transcript::begin(std::string name, std::string service) {
    model::DeploymentStep step;
    step.seq = static_cast<std::int64_t>(journal_.deployment().steps.size()) + 1;
    step.name = std::move(name);
    step.service = std::move(service);
    step.started_at = clock_.now();
    journal_.put_step(step);
    return step.seq;
}

void Transcript::output(std::int64_t step, std::string_view line) {
    if (lines_ > lines_max || bytes_ > bytes_max) {
        return;
    }
    auto service = service_of(journal_.deployment(), step);
    ++lines_;
    if (lines_ > lines_max || bytes_ + line.size() > bytes_max) {
        bytes_ = bytes_max + 1;
        journal_.add_line(step, std::move(service), std::string(left_out));
        return;
    }
    auto text = masked(line);
    bytes_ += text.size();
    journal_.add_line(step, std::move(service), std::move(text));
}

void Transcript::finish(std::int64_t step, model::StepState state) {
    const auto& steps = journal_.deployment().steps;
    const auto found = std::ranges::find(steps, step, &model::DeploymentStep::seq);
    if (found == steps.end()) {
        return;
    }
    auto changed = *found;
    changed.state = state;
    changed.finished_at = clock_.now();
    journal_.put_step(std::move(changed));
}

void Transcript::note(std::string name, std::string service, model::StepState state,
                      std::string_view line) {
    const auto step = begin(std::move(name), std::move(service));
    output(step, line);
    finish(step, state);
}

void Transcript::set_services(std::vector<model::DeploymentService> services) {
    journal_.set_services(std::move(services));
}

void Transcript::set_service_state(std::string_view service, model::StepState state) {
    auto services = journal_.deployment().services;
    for (auto& one : services) {
        if (one.name == service) {
            one.state = state;
        }
    }
    journal_.set_services(std::move(services));
}

void Transcript::set_error(model::DeploymentError error) {
    if (has_error()) {
        return;
    }
    error.message = masked(error.message);
    for (auto* lines : {&error.health, &error.last_lines}) {
        for (auto& line : *lines) {
            line = masked(line);
        }
    }
    journal_.set_error(std::move(error));
}

bool Transcript::has_error() const {
    return journal_.deployment().error.has_value();
}

std::string Transcript::masked(std::string_view text) const {
    std::string out;
    // Masked before it is cut, so that no half of a secret stays at the edge.
    const auto safe = mask_ ? mask_(text) : std::string(text);
    docker::append_as_utf8(out, safe);
    if (out.size() > line_max) {
        out.resize(docker::utf8_cut(out, line_max));
        out += "…";
    }
    return out;
}

const model::Deployment& Transcript::deployment() const {
    return journal_.deployment();
}

StepScope::StepScope(Transcript& transcript, std::string name, std::string service)
    : transcript_(transcript),
      name_(name),
      service_(service),
      seq_(transcript.begin(std::move(name), std::move(service))) {}

StepScope::~StepScope() {
    if (open_) {
        end(model::StepState::cancelled);
    }
}

void StepScope::skip(std::string_view reason) {
    line(reason);
    end(model::StepState::skipped);
}

base::Error StepScope::fail(base::Error error) {
    if (!open_) {
        return error;
    }
    if (error.kind == base::ErrorKind::cancelled) {
        end(model::StepState::cancelled);
        return error;
    }
    line(error.message);
    transcript_.set_error({name_, service_, error.message, {}, {}});
    end(model::StepState::failed);
    return error;
}

void StepScope::end(model::StepState state) {
    if (open_) {
        open_ = false;
        transcript_.finish(seq_, state);
    }
}

}  // namespace itsup::deploy
