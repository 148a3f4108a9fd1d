#pragma once

#include <live/event_hub.hpp>
#include <services/changes.hpp>
#include <services/reconcile_status.hpp>

#include <string>
#include <string_view>

namespace itsup::api {

/// Turns changes into the events of GET /events and /ws: rendered once, for everybody.
class Publisher final : public services::ChangeListener {
  public:
    explicit Publisher(live::EventHub& hub) : hub_(hub) {}

    void on_container(const model::Container& container, std::string_view what,
                      std::string_view detail, base::Timestamp time) override;
    void on_project(const services::ProjectSummary& project) override;
    void on_project_gone(const std::string& name) override;
    void on_stack(const model::StackStatus& stack) override;
    void on_deployment(const model::Deployment& deployment) override;
    void on_reconcile(const services::ReconcileStatus& status);

  private:
    live::EventHub& hub_;
};

}  // namespace itsup::api
