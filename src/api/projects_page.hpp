#pragma once

#include <api/contract/shapes.hpp>
#include <api/respond.hpp>
#include <services/projects.hpp>

#include <cstdint>

namespace itsup::api {

contract::ProjectView to_view(const services::ProjectSummary& summary);
contract::ProjectDetail to_detail(const services::ProjectSummary& summary);
contract::ServiceView to_service_view(const services::ProjectSummary& summary,
                                      const model::ServiceStatus& service);

/// GET /projects without a filter, rendered once per change and shared by all who ask until the
/// next one.
class ProjectsPage {
  public:
    explicit ProjectsPage(const services::Projects& projects) : projects_(projects) {}

    const Rendered& get(const services::Projects::View& authority);

  private:
    const services::Projects& projects_;
    Rendered rendered_;
    std::uint64_t revision_ = 0;
    bool made_ = false;
};

}  // namespace itsup::api
