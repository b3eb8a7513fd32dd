# For /etc/gitlab/gitlab.rb of the GitLab that frames Modelport; then: gitlab-ctl reconfigure.
# The files of this folder lie in /opt/modelport-embed, and the page is https://gitlab.example.com/-/modelport/.
nginx['custom_gitlab_server_config'] = <<~NGINX
  location = /-/modelport { return 301 /-/modelport/; }
  location ^~ /-/modelport/ {
    alias /opt/modelport-embed/;
    index index.html;
    add_header Content-Security-Policy "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; frame-src https://modelport.example.com; base-uri 'none'; form-action 'none'; frame-ancestors 'none'" always;
    add_header X-Content-Type-Options nosniff always;
    add_header Referrer-Policy same-origin always;
    add_header Strict-Transport-Security "max-age=31536000" always;
  }
NGINX
