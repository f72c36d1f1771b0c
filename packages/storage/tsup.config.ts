import { packageBuild } from "../../.ci/package-build.ts";

export default packageBuild();
