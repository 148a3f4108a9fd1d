#include <services/root_folder.hpp>

namespace itsup::services {

base::Result<runtime::Directory> open_root(const InstallRoot& root) {
    return runtime::Directory::open(root.path,
                                    {"data", "dns", "logs", "proxy", "upstream", "upstream/*"});
}

}  // namespace itsup::services
