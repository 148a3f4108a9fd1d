#include <api/projects_page.hpp>
#include <api/publisher.hpp>
#include <api/views.hpp>
#include <schema/write.hpp>

namespace itsup::api {

namespace {

template <class T>
std::string member(std::string_view name, const T& value) {
    std::string out;
    schema::write_text(out, name);
    out += ':';
    schema::write(out, value);
    return out;
}

}  // namespace

void Publisher::on_container(const model::Container& container, std::string_view what,
                             std::string_view detail, base::Timestamp time) {
    hub_.publish("container", container.project,
                 member("project", container.project) + "," + member("service", container.service) +
                     "," + member("what", what) + "," + member("detail", detail) + "," +
                     member("changed_at", time) + "," + member("container", to_view(container)));
}

void Publisher::on_project(const services::ProjectSummary& project) {
    hub_.publish("project", project.entry->name, member("project", to_view(project)));
}

void Publisher::on_project_gone(const std::string& name) {
    hub_.publish("project", name, member("name", name) + "," + member("removed", true));
}

void Publisher::on_stack(const model::StackStatus& stack) {
    hub_.publish("stack", stack.name,
                 member("name", stack.name) + "," + member("stack", to_view(stack)));
}

void Publisher::on_deployment(const model::Deployment& deployment) {
    hub_.publish("deployment", deployment.project, member("deployment", to_view(deployment)));
}

void Publisher::on_reconcile(const services::ReconcileStatus& status) {
    hub_.publish("reconcile", "", member("reconcile", to_view(status)));
}

}  // namespace itsup::api
