#pragma once

#include <cli/daemon_client.hpp>
#include <cli/operations.hpp>

#include <memory>

namespace itsup::cli {

/// By the API of the daemon that runs.
class DaemonOperations final : public HostOperations {
  public:
    explicit DaemonOperations(std::unique_ptr<DaemonClient> client) : client_(std::move(client)) {}

    runtime::Task<> carry_out(StackOrder order, EventSink sink) override;
    runtime::Task<boost::json::array> stacks() override;
    runtime::Task<boost::json::array> projects() override;
    runtime::Task<boost::json::value> plan(std::string project) override;
    runtime::Task<> close() override;

  private:
    runtime::Task<boost::json::array> list(std::string target);

    std::unique_ptr<DaemonClient> client_;
};

}  // namespace itsup::cli
